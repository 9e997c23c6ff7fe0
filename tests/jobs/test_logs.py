"""Logs of a base: each reject once, each line with its time, and no growth without end."""

import json
from datetime import datetime

import engine
from engine.disk.files import append_lines
from engine.disk.layout import older_log
from engine.domain import Reject
from engine.jobs.storing.ingest import RejectLog, logged_rejects
from tests.jobs.cases import HASHING, line
from tests.store.cases import NOON

REJECTS = [Reject("feed.jsonl", n, "date", "is \udcff no date") for n in range(1, 4)]


def logged(path):
    return [json.loads(text) for text in path.read_text("utf-8").splitlines()]


def test_the_same_reject_is_logged_once_and_counted_every_night(tmp_path):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(line("a", "A ferry ran aground.") + '\n{"id": 3.5}\n{"text": 1}\n')
    with engine.open(tmp_path / "base") as base:
        for _ in range(2):
            assert base.nightly(feed, spec=HASHING).ingested.rejected == 2
        found = logged(base.layout.rejects)
        assert [each["line"] for each in found] == [2, 3]
        assert base.status().n_rejects == 2
        with feed.open("a") as file:
            file.write('{"text": 1}\n')  # the same fault in another line is another reject
        assert base.ingest(feed).rejected == 3
        found += logged(base.layout.rejects)[2:]
        assert [each["line"] for each in found] == [2, 3, 4]
        found += logged(base.layout.nightly_log)
        assert all(datetime.fromisoformat(each["at"]).tzinfo for each in found)


def test_a_log_that_is_full_makes_way_and_one_older_stays(tmp_path):
    path = tmp_path / "nightly.jsonl"
    for n in range(9):
        append_lines(path, [f"{n}" * 9], largest=20)
    assert path.read_text().split() == ["8" * 9]
    assert older_log(path).read_text().split() == ["6" * 9, "7" * 9]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_the_older_log_holds_is_known_too(tmp_path):
    path = tmp_path / "rejects.jsonl"
    RejectLog(path, largest=1).add(REJECTS[:2], at=NOON)
    RejectLog(path, largest=1).add(REJECTS, at=NOON)
    assert [each["line"] for each in logged(path)] == [3]
    assert [each["line"] for each in logged(older_log(path))] == [1, 2]


def test_a_line_that_was_cut_spoils_nothing(tmp_path):
    path = tmp_path / "rejects.jsonl"
    path.write_bytes(b'{"file": "fe\n[1]\n\xff\n')
    RejectLog(path).add(REJECTS[:1], at=NOON)
    RejectLog(path).add(REJECTS[:1], at=NOON)
    assert path.read_bytes().count(rb"is \udcff no date") == 1


def test_logged_rejects_come_latest_first_without_a_line_that_was_cut(tmp_path):
    path = tmp_path / "rejects.jsonl"
    RejectLog(path).add(REJECTS, at=NOON)
    with path.open("ab") as log:
        log.write(b'{"file": "fe')
    assert logged_rejects(path) == [(NOON, reject) for reject in reversed(REJECTS)]
    assert logged_rejects(path, most=2) == [(NOON, REJECTS[-1])]


def test_a_log_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "rejects.jsonl").mkdir()
    log = RejectLog(tmp_path / "rejects.jsonl")
    log.add(REJECTS, at=NOON)
    assert "rejects.jsonl" in log.problem
