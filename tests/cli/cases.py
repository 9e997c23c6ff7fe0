"""A small base and the program on it, for tests of the command line."""

import json
import subprocess
import sys

import pytest

from engine.cli.main import run

FLOOD = "The river flooded the lower town of Ostmark on Friday and cut off the hospital."


def line(id_, text, **fields):
    return json.dumps({"id": id_, "title": text[:30], "text": text, "language": "en"} | fields)


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
    with pytest.raises(SystemExit) as exit_:
        run([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return exit_.value.code or 0, out, err
