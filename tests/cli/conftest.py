"""A small base, and the program told where it lies."""

import shutil

import pytest

import engine
from engine.domain import EncoderSpec
from tests.cli.cases import FLOOD, line

FEED = "\n".join(
    [
        line("f1", FLOOD, published_at="2023-05-10", source="Daily"),
        line("f2", FLOOD + " Boats came.", published_at="2023-05-10T08:00:00+02:00"),
        line("other", "A new library opened in the harbour district."),
    ]
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "feed.jsonl").write_text(FEED)
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    return tmp_path


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a base that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "feed.jsonl").write_text(FEED)
    with engine.open(folder / "base") as base:
        base.ingest([folder / "feed.jsonl"])
        base.rebuild(spec=EncoderSpec("hashing"))
        base.cluster()
    return folder / "base"


@pytest.fixture
def built(folder, made):
    shutil.copytree(made, folder / "base")
    return folder
