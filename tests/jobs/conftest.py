"""A small base with two stories, embedded by hashing."""

import shutil

import pytest

import engine
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line

FEED = "\n".join(
    [
        line("b1", BRIDGE),
        line("b2", BRIDGE + " Nobody was hurt.", source="Weekly"),
        line("b3", "Heavy rain: the stone bridge over the Elm collapsed on Monday."),
        line("r1", ROBBERY, published_at="2023-05-11T12:00:00Z"),
        line("r2", ROBBERY + " Police search for the robbers.", source="Weekly",
             published_at="2023-05-11T15:00:00Z"),
        line("alone", "A quiet village festival opened with music and cake.",
             published_at="2023-04-01T12:00:00Z"),
    ]
)  # fmt: skip


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_text(FEED)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a base that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "feed.jsonl").write_text(FEED)
    with engine.open(folder / "base") as opened:
        opened.ingest([folder / "feed.jsonl"])
        opened.rebuild(spec=HASHING)
    return folder / "base"


@pytest.fixture
def base(tmp_path, feed, made):
    shutil.copytree(made, tmp_path / "base")
    with engine.open(tmp_path / "base") as opened:
        yield opened
