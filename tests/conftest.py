"""Fixtures and options shared by all tests."""

import os
import socket
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


@pytest.fixture(scope="session")
def processes():
    """Return two processes to which all parts are dealt out."""
    from engine.workers.processes import ProcessExecutor

    with ProcessExecutor(2, start_after=0.0) as executor:
        yield executor


@pytest.fixture(scope="session")
def two_nodes():
    """Return a Ray cluster of two nodes on this machine, each of one processor."""
    pytest.importorskip("ray", reason="needs Ray: pip install 'news-story-engine[scale]'")
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.skip("clusters of several processes get in each other's way; run it without -n")
    from ray.cluster_utils import Cluster

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    small = {"num_cpus": 1, "object_store_memory": 80_000_000}
    head = {"include_dashboard": False, "ray_client_server_port": port}
    cluster = Cluster(initialize_head=True, head_node_args=small | head)
    cluster.add_node(**small)
    cluster.client = f"ray://127.0.0.1:{port}"
    yield cluster
    cluster.shutdown()
