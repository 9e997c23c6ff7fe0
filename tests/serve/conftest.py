"""A small base that is served."""

import shutil

import pytest

from tests.serve.cases import STORIES, publish, serving


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Return the folder of a base that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder, STORIES)
    return folder


@pytest.fixture
def folder(tmp_path, published):
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def client(folder):
    with serving(folder) as opened:
        yield opened


@pytest.fixture
def ids(client):
    """Return the story of each article that is in one."""
    stories = client.get("/v1/stories").json()["items"]
    return {
        article["id"]: story["id"]
        for story in stories
        for article in client.get(f"/v1/stories/{story['id']}/articles").json()["items"]
    }
