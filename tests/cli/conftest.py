"""A small base, and the program told where it lies."""

import pytest

import engine
from engine.domain import EncoderSpec
from tests.cli.cases import FLOOD, line


@pytest.fixture
def folder(tmp_path, monkeypatch):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(
        "\n".join(
            [
                line("f1", FLOOD, published_at="2023-05-10", source="Daily"),
                line("f2", FLOOD + " Boats came.", published_at="2023-05-10T08:00:00+02:00"),
                line("other", "A new library opened in the harbour district."),
            ]
        )
    )
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    return tmp_path


@pytest.fixture
def built(folder):
    with engine.open(folder / "base") as base:
        base.ingest([folder / "feed.jsonl"])
        base.rebuild(spec=EncoderSpec("hashing"))
        base.cluster()
    return folder
