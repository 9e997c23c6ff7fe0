"""What operators need: waiting for the lock, and reports for machines."""

import json
import subprocess
import sys
import threading
import time

import pytest

import engine
from engine.disk.lock import writing
from tests.cli.cases import invoke, line

WAITING = [
    ["ingest", "feed.jsonl"],
    ["rebuild"],
    ["cluster"],
    ["nightly"],
    ["nightly", "--dry-run"],
    ["forget", "other"],
    ["stories", "pin", "f1"],
    ["clean", "--source", "Daily", "--restore"],
    ["prune"],
    ["rollback"],
]


@pytest.mark.parametrize("arguments", WAITING, ids=" ".join)
def test_a_command_that_writes_waits_as_long_as_it_is_told(built, capsys, monkeypatch, arguments):
    monkeypatch.chdir(built)
    with engine.open(built / "base") as base, writing(base.layout, command="another night"):
        started = time.perf_counter()
        code, _, err = invoke(capsys, *arguments, "--wait", "0.2")
    assert (code, time.perf_counter() - started >= 0.2) == (4, True)
    assert "another night" in err


def test_a_command_that_waited_goes_on(built, capsys):
    with engine.open(built / "base") as base:
        held, done = threading.Event(), threading.Event()

        def hold():
            with writing(base.layout, command="another night"):
                held.set()
                done.wait(0.5)

        other = threading.Thread(target=hold)
        other.start()
        held.wait()
        code, _, _ = invoke(capsys, "stories", "pin", "f1", "--wait", "60")
        other.join()
    assert code == 0


def test_reports_can_be_had_as_json(folder, capsys):
    bad = folder / "bad.jsonl"
    bad.write_text(line("good", "A good one.") + '\n{"id": "empty"}')
    code, out, _ = invoke(capsys, "ingest", folder / "feed.jsonl", bad, "--json")
    report = json.loads(out)
    assert (code, report["added"], report["rejected"]) == (3, 4, 1)
    assert report["rejects"][0]["file"] == str(bad)
    code, out, _ = invoke(capsys, "rebuild", "--encoder", "hashing", "--json")
    assert (code, json.loads(out)["n_embedded"]) == (0, 4)
    code, out, _ = invoke(capsys, "cluster", "--json")
    assert (code, json.loads(out)["n_stories"]) == (0, 1)
    invoke(capsys, "export", folder / "base.tar")
    other = ["--indexes", folder / "other"]
    code, out, _ = invoke(capsys, "import", folder / "base.tar", "--json", *other)
    live = json.loads(invoke(capsys, "status", "--json", *other)[1])["generation"]
    assert (code, json.loads(out)) == (0, {"generation": live})


def test_an_export_to_standard_output_can_be_imported(built, tmp_path):
    exported = subprocess.run(
        [sys.executable, "-m", "engine.cli", "export", "-"], capture_output=True, check=True
    )
    (tmp_path / "piped.tar").write_bytes(exported.stdout)
    with engine.open(tmp_path / "other") as other, engine.open(built / "base") as base:
        name = other.import_from(tmp_path / "piped.tar")
        assert other.stories() == base.stories()
    assert name in exported.stderr.decode()


def test_owners_are_given_as_a_table_and_counted(built, capsys):
    table = built / "owners.tsv"
    table.write_text("River Group\tDaily\nRiver Group\tWeekly\n", encoding="utf-8")
    assert invoke(capsys, "owners", table)[0] == 0
    code, out, _ = invoke(capsys, "owners")
    assert (code, out) == (0, "River Group\tDaily\n")
    table.write_text("River Group Daily", encoding="utf-8")
    code, _, err = invoke(capsys, "owners", table)
    assert (code, "line 1: expected an owner, a tab and its outlets" in err) == (1, True)
    assert invoke(capsys, "owners", built / "none.tsv")[0] == 1
    assert invoke(capsys, "owners")[1] == out


def test_outlets_that_print_each_other_are_suggested(built, capsys):
    assert invoke(capsys, "owners", "--likely")[:2] == (0, "")
