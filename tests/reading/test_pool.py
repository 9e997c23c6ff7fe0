"""Pages and records read in several processes come back as from one."""

import io
import json
import multiprocessing
import os
import tarfile
from typing import Any

import pytest

from engine.domain import Article, Reject
from engine.reading.articles import Reading
from engine.reading.pool import (
    AHEAD,
    BUNDLED,
    FEW,
    FEW_RECORDS,
    PageTask,
    RecordTask,
    in_order,
)
from engine.reading.records import RawPage, Record
from tests.reading.cases import FETCHED, reading


def page(number):
    text = f"The council closed bridge number {number} on Monday, drivers were told. " * 8
    return (
        f"<html><head><title>Bridge {number} closes</title></head>"
        f"<body><article><h1>Bridge {number} closes</h1><p>{text}</p></article></body></html>"
    ).encode()


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("trafilatura")
    for number in range(12):
        (tmp_path / f"{number:02}.html").write_bytes(page(number))
    (tmp_path / "05.html").write_bytes(b"<html><body></body></html>")
    lines = [json.dumps({"id": f"l-{number}", "title": f"Line {number}"}) for number in range(50)]
    (tmp_path / "06.jsonl").write_text("\n".join([*lines, "{"]))
    with tarfile.open(tmp_path / "07.tar.gz", "w:gz") as archive:
        for number in range(100, 105):
            member = tarfile.TarInfo(f"{number}.html")
            member.size = len(page(number))
            archive.addfile(member, io.BytesIO(page(number)))
    return tmp_path


EMPTY = b"<html>"
"""A page that costs nothing to read."""


def test_two_processes_give_what_one_gives(folder):
    for number in range(FEW):
        (folder / f"00-{number:02}.html").write_bytes(EMPTY)
    alone = list(reading([folder]))
    assert sum(isinstance(item, Article) for item in alone) == 11 + 50 + 5
    assert sum(isinstance(item, Reject) for item in alone) == 2 + FEW
    assert list(reading([folder], workers=2)) == alone


def test_few_pages_start_no_process(folder):
    before = set(multiprocessing.active_children())
    started = [set(multiprocessing.active_children()) for _ in reading([folder], workers=2)]
    assert started == [before] * 68


@pytest.mark.slow
def test_what_waits_is_bounded():
    taken = 0

    def pages():
        nonlocal taken
        for number in range(200):
            taken += 1
            yield PageTask(RawPage(0, EMPTY), str(number), Reading(FETCHED))

    results: Any = in_order(pages(), workers=2)
    read = [next(results) for _ in range(FEW + 1)]
    assert all(isinstance(result, Reject) for result in read)
    assert FEW + 1 < taken <= FEW + 2 * AHEAD + 1
    results.close()


class Deadly(PageTask):
    """A page that ends the process which reads it."""

    def run(self):
        os._exit(1)


@pytest.mark.slow
def test_a_page_that_ends_its_process_does_not_end_the_run():
    reading = Reading(FETCHED)
    tasks = [PageTask(RawPage(0, EMPTY), f"few-{number}", reading) for number in range(FEW)]
    tasks.append(Deadly(RawPage(0, b""), "deadly", reading))
    waiting = [PageTask(RawPage(0, page(number)), str(number), reading) for number in range(20)]
    first, *results = list(in_order([*tasks, *waiting], workers=2))[FEW:]
    assert isinstance(first, Reject)
    assert first.file == "deadly"
    assert "ended" in first.reason
    assert len(results) == 20
    assert isinstance(results[-1], Article)


def records(n_records):
    """Return records of which every seventh has no text, with rejects among them."""
    reading = Reading(FETCHED)
    for number in range(n_records):
        values = {"id": f"r-{number}", "title": f"Bridge {number}" if number % 7 else ""}
        yield RecordTask(Record(number, values), "many.jsonl", reading)
        if number % 1000 == 0:
            yield Reject("many.jsonl", number, "", "is not JSON")


@pytest.mark.slow
def test_two_processes_give_of_many_records_what_one_gives():
    n_records = FEW_RECORDS + 3 * BUNDLED + 5
    alone = list(in_order(records(n_records), workers=1))
    assert len(alone) == n_records + len(range(0, n_records, 1000))
    assert list(in_order(records(n_records), workers=2)) == alone


def test_few_records_start_no_process():
    before = set(multiprocessing.active_children())
    for _ in in_order(records(FEW_RECORDS), workers=2):
        assert set(multiprocessing.active_children()) == before


@pytest.mark.slow
def test_of_many_records_few_bundles_wait():
    taken = 0

    def counted():
        nonlocal taken
        for task in records(FEW_RECORDS + 100 * BUNDLED):
            taken += 1
            yield task

    results: Any = in_order(counted(), workers=2)
    for _ in range(FEW_RECORDS + 100):
        next(results)
    # Rejects go by themselves, and the bundle before them is not full.
    assert taken <= FEW_RECORDS + (2 * AHEAD + 2) * BUNDLED
    results.close()
    assert not multiprocessing.active_children()


class DeadlyRecord(RecordTask):
    """A record that ends the process to which it is sent."""

    def run(self):
        if multiprocessing.parent_process():
            os._exit(1)
        return super().run()


@pytest.mark.slow
def test_records_are_read_here_when_the_process_that_has_them_ends():
    tasks = list(records(FEW_RECORDS + 40 * BUNDLED))
    alone = list(in_order(tasks, workers=1))
    task: Any = tasks[-20 * BUNDLED]
    tasks[-20 * BUNDLED] = DeadlyRecord(task.record, task.label, task.reading)
    assert list(in_order(tasks, workers=2)) == alone
