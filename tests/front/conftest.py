"""Two bases, made once; what is served of them is only read."""

import pytest

from tests.front.cases import FIRST, SECOND, fronting
from tests.serve.cases import publish


@pytest.fixture(scope="session")
def parts(tmp_path_factory):
    """Return the folders of two bases with different articles."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    for folder, texts in zip(folders, (FIRST, SECOND), strict=True):
        publish(folder, texts)
    return folders


@pytest.fixture
def served(parts):
    """Return a client of a front over both, and what leads to each."""
    with fronting(*parts) as opened:
        yield opened


@pytest.fixture
def client(served):
    return served[0]
