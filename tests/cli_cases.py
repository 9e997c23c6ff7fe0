"""A small base and the program on it, for tests of the command line."""

import json
import subprocess
import sys

import pytest

import engine
from engine.cli.main import run
from engine.domain import EncoderSpec

FLOOD = "The river flooded the lower town of Ostmark on Friday and cut off the hospital."


def line(id_, text, **fields):
    return json.dumps({"id": id_, "title": text[:30], "text": text, "language": "en"} | fields)


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


def call(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def invoke(capsys, *arguments):
    """Run the program in this process; return its exit code, output and errors."""
    sys.argv = ["engine", *map(str, arguments)]
    with pytest.raises(SystemExit) as exit_:
        run()
    out, err = capsys.readouterr()
    return exit_.value.code or 0, out, err
