"""Fixtures and options shared by all tests."""

import os
from pathlib import Path

import hypothesis
import pytest

# Beside other processes of the same tests each uses its share of the cores: threads that wait for
# each other, as those of FAISS and torch do, take many times as long where there are too many.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    share = (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(share, 1)))

# How long a case takes is no property of the code where others work on the same machine.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def data_folder():
    """Return the folder of development data, which is never part of the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("ENGINE_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}; set ENGINE_DATA to use it")
    return folder
