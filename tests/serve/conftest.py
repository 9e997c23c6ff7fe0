"""A small base that is served."""

import pytest

pytest.importorskip("fastapi", reason="extra serve is not installed")

from tests.serve.cases import STORIES, publish, serving


@pytest.fixture
def folder(tmp_path):
    publish(tmp_path, STORIES)
    return tmp_path


@pytest.fixture
def client(folder):
    with serving(folder) as opened:
        yield opened


@pytest.fixture
def ids(client):
    """Return the story of each article that is in one."""
    stories = client.get("/v1/stories").json()["items"]
    return {id_: story["id"] for story in stories for id_ in story["article_ids"]}
