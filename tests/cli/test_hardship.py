"""A full disk, refused permission, a closed pipe, a terminal of few letters: a sentence each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from tests.cli.cases import call, invoke, line

FULL = """
import resource, signal, sys
from engine.cli.main import run

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
run(sys.argv[2:])
"""


def on_a_full_disk(n_bytes, *arguments):
    """Run the program where no file may grow beyond `n_bytes`."""
    return subprocess.run(
        [sys.executable, "-c", FULL, str(n_bytes), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("n_bytes", [0, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "arguments",
    [
        ("forget", "f2"),
        ("export", "{folder}/base.tar"),
        ("ingest", "{folder}/more.jsonl"),
        ("rebuild",),
        ("cluster",),
        ("stories", "pin", "f1"),
        ("nightly", "{folder}/more.jsonl"),
    ],
    ids=lambda line: line[0],
)
def test_a_full_disk_is_a_sentence_and_harms_nothing(built, arguments, n_bytes):
    (built / "more.jsonl").write_text("\n".join(line(f"m{n}", "A tram. " * 90) for n in range(99)))
    done = on_a_full_disk(n_bytes, *(part.format(folder=built) for part in arguments))
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert done.returncode in {1, 6}
        assert done.stderr.startswith("engine: "), done.stderr
    with engine.open(built / "base") as base:
        if arguments[0] == "forget":
            from engine.jobs.clustering.forget import Selection

            if done.returncode:
                assert base.forget(Selection(ids=("f2",))).n_articles == 1
            assert "f2" not in base.articles(["f2"])
        assert base.verify() == []


def test_output_that_cannot_be_written_is_a_sentence(built):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli", "status"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("engine: No space left on device")
    assert done.stderr.count("\n") == 1


def test_a_closed_pipe_ends_quietly(built):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "stories", "list", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode in {0, 1}


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C"}]
)
def test_a_terminal_of_few_letters_gets_escapes(built, environment):
    (built / "more.jsonl").write_text(line("é1", "Die Brücke über die Elbe 長い橋 stürzte ein."))
    environment = {**os.environ, **environment, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for arguments in (
        ("ingest", built / "more.jsonl", built / "löst.txt"),
        ("clean", built / "more.jsonl"),
        ("clean", built / "more.jsonl", "--json"),
        ("similar", "--id", "f1", "--min", "0"),
        ("stories", "list"),
    ):
        done = call(*arguments, env=environment, encoding="ascii")
        assert "Traceback" not in done.stderr
        assert done.returncode in {0, 3}, done.stderr
        if "--json" in arguments:
            assert json.loads(done.stdout)["id"] == "é1"


def test_a_night_that_cannot_write_its_report_is_published_and_says_so(folder, capsys):
    blocked = folder / "blocked"
    blocked.write_text("a file, where a folder is needed")
    given = ("--encoder", "hashing", "--json", folder / "feed.jsonl")
    code, out, err = invoke(
        capsys, "nightly", *given, "--report", blocked, "--metrics", blocked / "night.prom"
    )
    assert code == 6
    assert json.loads(out)["outcome"] == "published"
    assert "the night is done, but cannot write the report to" in err
    assert "the night is done, but cannot write the metrics to" in err
    (folder / "base" / "nightly.jsonl").unlink()
    (folder / "base" / "nightly.jsonl").mkdir()
    code, out, err = invoke(capsys, "nightly", "--json")
    assert code == 6
    assert json.loads(out)["outcome"] == "unchanged"
    assert "its log is not whole" in err
    assert invoke(capsys, "--help")[1].count("6 all was") == 1


def test_an_answer_that_is_no_text_ends_nothing(built):
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "label", "-n", "1"],
        input=b"\xff\xfe\nq\n",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert not (built / "base" / "labels.jsonl").exists()
