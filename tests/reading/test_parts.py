"""Pages, lines and records that workers read come back as if they were read here."""

import io
import json
import multiprocessing
import os
import tarfile
from typing import Any

import pytest

from engine.domain import Article, Reject
from engine.reading.articles import Reading
from engine.reading.parts import (
    MOST_CHARACTERS,
    MOST_RECORDS,
    LinesTask,
    PageTask,
    RecordTask,
    bundles,
    in_order,
)
from engine.reading.records import RawLines, RawPage, Record
from engine.workers.dealing import AHEAD
from engine.workers.local import LocalExecutor
from engine.workers.processes import ProcessExecutor
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

READING = Reading(FETCHED)


@pytest.fixture
def processes():
    """Return an executor that does nothing in this process."""
    with ProcessExecutor(2, start_after=0) as executor:
        yield executor


@pytest.mark.slow
def test_two_processes_give_what_one_gives(folder, processes):
    alone = list(reading([folder]))
    assert sum(isinstance(item, Article) for item in alone) == 11 + 50 + 5
    assert sum(isinstance(item, Reject) for item in alone) == 2
    assert list(reading([folder], executor=processes)) == alone


def pages(numbers):
    return [PageTask(RawPage(0, page(number)), str(number), READING) for number in numbers]


def lines(first, *texts):
    data = b"".join(text.encode() + b"\n" for text in texts)
    return LinesTask(RawLines(first, data), "lines.jsonl", READING)


def records(n_records):
    """Return records of which every seventh has no text, with rejects among them."""
    for number in range(n_records):
        values = {"id": f"r-{number}", "title": f"Bridge {number}" if number % 7 else ""}
        yield RecordTask(Record(number, values), "many.jsonl", READING)
        if number % 1000 == 0:
            yield Reject("many.jsonl", number, "", "is not JSON")


def test_each_page_is_a_part_and_what_is_small_shares_one():
    items = [*records(3), *pages(range(2)), Reject("a", 0, "", "is none"), lines(1, "{}")]
    assert [len(bundle.items) for bundle in bundles(items)] == [4, 1, 1, 2]


def test_a_part_has_no_more_records_and_characters_than_it_may():
    n_items = len(list(records(3 * MOST_RECORDS)))
    sizes = [len(bundle.items) for bundle in bundles(records(3 * MOST_RECORDS))]
    assert sizes == [MOST_RECORDS] * 3 + [n_items - 3 * MOST_RECORDS]
    long = lines(1, "x" * (MOST_CHARACTERS // 2))
    assert [len(bundle.items) for bundle in bundles([long] * 5)] == [2, 2, 1]


def test_parts_give_what_items_give():
    items = [*records(2000), lines(1, '{"title": "One"}', "", '{"title": "Two"}', "{"), *records(5)]
    alone = list(in_order(items, None))
    found = [item for item in alone if isinstance(item, Reject) and item.file == "lines.jsonl"]
    assert [item.line for item in found] == [4]
    assert list(in_order(items, LocalExecutor())) == alone


@pytest.mark.slow
def test_what_waits_is_bounded(processes):
    taken = 0

    def counted():
        nonlocal taken
        for task in pages(range(200)):
            taken += 1
            yield task

    results: Any = in_order(counted(), processes)
    for _ in range(20):
        assert isinstance(next(results), Article)
    assert 20 < taken <= 20 + 2 * AHEAD
    results.close()


class Deadly(PageTask):
    """A page that ends the process which reads it."""

    def run(self):
        os._exit(1)


@pytest.mark.slow
def test_a_page_that_ends_its_process_is_a_reject_and_no_other(processes):
    tasks = pages(range(20))
    tasks[3] = Deadly(RawPage(0, b""), "deadly", READING)
    results = list(in_order(tasks, processes))
    (reject,) = (item for item in results if isinstance(item, Reject))
    assert results.index(reject) == 3
    assert reject.file == "deadly"
    assert "ended" in reject.reason
    assert len(results) == 20


class DeadlyRecord(RecordTask):
    """A record that ends the process to which it is sent."""

    def run(self):
        if multiprocessing.parent_process():
            os._exit(1)
        return super().run()


@pytest.mark.slow
def test_records_are_read_here_when_the_processes_that_have_them_end(processes):
    tasks: Any = list(records(4 * MOST_RECORDS))
    alone = list(in_order(tasks, None))
    place = 2 * MOST_RECORDS
    tasks[place] = DeadlyRecord(tasks[place].record, tasks[place].label, tasks[place].reading)
    assert list(in_order(tasks, processes)) == alone
