"""What is read out of its inputs before it becomes articles, and how it is shared out to workers.

Reading a page takes some 20 ms, a thousand times what reading its bytes takes, so each is a part
of the work. Lines and records take a fifth of a millisecond, so many of them are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.domain import Article, Reject
from engine.errors import MissingExtraError
from engine.protocols import Executor
from engine.reading.articles import Reading, article_of
from engine.reading.formats.jsonl import records_in
from engine.reading.records import RawLines, RawPage, Record

MOST_RECORDS: Final = 512
"""Records of one part. Made-up ones take 0.1 s, so that who stores others meanwhile seldom keeps
a worker waiting."""

MOST_CHARACTERS: Final = 1 << 20
"""Characters of records, or bytes of lines, after which a part has no more."""

Outcome: TypeAlias = Article | Reject


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page to be read.

    Attributes
    ----------
    page
        The page.
    label
        What a reject calls the file.
    reading
        What holds for the run.
    """

    page: RawPage
    label: str
    reading: Reading

    def run(self) -> list[Outcome]:
        """Return the article of the page, or why there is none."""
        from engine.reading.pages.page import page_record

        try:
            record = page_record(self.page, name=self.label)
        except (MissingExtraError, ValueError, OverflowError, RecursionError) as error:
            return [Reject(self.label, self.page.line, "", f"cannot be read: {error}")]
        if isinstance(record, Reject):
            return [record]
        return [article_of(record, file=self.label, reading=self.reading)]

    def lost(self) -> list[Outcome]:
        """Return what is said of a page that ends every process that reads it."""
        return [Reject(self.label, self.page.line, "", "every process that read it ended")]


@dataclass(frozen=True, slots=True)
class LinesTask:
    """Lines of JSON to be parsed, and their records to be cleaned.

    Attributes
    ----------
    lines
        Some of a file.
    label
        What a reject calls the file.
    reading
        What holds for the run.
    """

    lines: RawLines
    label: str
    reading: Reading

    def run(self) -> list[Outcome]:
        """Return the articles of the lines, and why some have none."""
        return [
            record
            if isinstance(record, Reject)
            else article_of(record, file=self.label, reading=self.reading)
            for record in records_in(self.lines, self.label)
        ]

    @property
    def size(self) -> int:
        """Bytes of the lines."""
        return len(self.lines.data)


@dataclass(frozen=True, slots=True)
class RecordTask:
    """A record to be cleaned.

    Attributes
    ----------
    record
        Fields as the input names them.
    label
        What a reject calls the file.
    reading
        What holds for the run.
    """

    record: Record
    label: str
    reading: Reading

    def run(self) -> list[Outcome]:
        """Return the article of the record, or why there is none."""
        return [article_of(self.record, file=self.label, reading=self.reading)]

    @property
    def size(self) -> int:
        """Characters of its texts."""
        return sum(len(value) for value in self.record.values.values() if isinstance(value, str))


Task: TypeAlias = PageTask | LinesTask | RecordTask
Item: TypeAlias = Outcome | Task


@dataclass(frozen=True, slots=True)
class Bundle:
    """Some items that a worker reads at once; what is an article or a reject stays as it is.

    Attributes
    ----------
    items
        At least one.
    """

    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        """What messages call it."""
        first = self.items[0]
        if isinstance(first, Article):
            return first.id
        return first.file if isinstance(first, Reject) else first.label

    def read(self) -> list[Outcome]:
        """Return what comes of the items, in their order."""
        return [found for item in self.items for found in outcomes(item)]

    def lost(self) -> list[Outcome]:
        """Return what comes of them where every worker that read them was lost.

        A page may be what ends them; all else is read here.
        """
        return [
            found
            for item in self.items
            for found in (item.lost() if isinstance(item, PageTask) else outcomes(item))
        ]


def outcomes(item: Item) -> list[Outcome]:
    """Return what comes of an item, read here."""
    return item.run() if isinstance(item, Task) else [item]


def in_order(items: Iterable[Item], executor: Executor | None) -> Iterator[Outcome]:
    """Yield what comes of `items` in their order.

    Parameters
    ----------
    items
        What was found in the inputs.
    executor
        Its workers read them; without it they are read here, each as it comes. The outcome is
        the same, except that a page which ends each process that reads it is a reject.
    """
    if executor is None:
        for item in items:
            yield from outcomes(item)
        return
    for _, found in executor.map(_reader, bundles(items), lost=Bundle.lost):
        yield from found


def _reader() -> Callable[[Bundle], list[Outcome]]:
    return Bundle.read


def bundles(items: Iterable[Item]) -> Iterator[Bundle]:
    """Yield `items` as the parts that workers read: each page by itself, others together."""
    waiting: list[Item] = []
    size = 0
    for item in items:
        if isinstance(item, PageTask):
            if waiting:
                yield Bundle(tuple(waiting))
            yield Bundle((item,))
            waiting, size = [], 0
            continue
        waiting.append(item)
        size += item.size if isinstance(item, LinesTask | RecordTask) else 0
        if len(waiting) >= MOST_RECORDS or size >= MOST_CHARACTERS:
            yield Bundle(tuple(waiting))
            waiting, size = [], 0
    if waiting:
        yield Bundle(tuple(waiting))
