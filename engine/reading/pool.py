"""Reads pages and many records in several processes, and gives the results in their order.

Reading a page takes some 20 ms, a thousand times what reading its bytes takes. A record takes
half a millisecond, about what storing it takes, so many of them are sent together.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.domain import Article, Reject
from engine.errors import MissingExtraError
from engine.reading.articles import Reading, article_of
from engine.reading.records import RawPage, Record

FEW: Final = 64
"""Pages that are read in this process first: to start another one takes as long."""

FEW_RECORDS: Final = 4000
"""Records that are read in this process first, for the same reason."""

BUNDLED: Final = 128
"""Records that are sent together."""

_BUNDLED_CHARACTERS: Final = 1 << 20
"""Characters of their texts, after which no more are added."""

AHEAD: Final = 8
"""Pages, or bundles of records, a worker that wait to be read or to be handed over."""

_AHEAD_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all pages, or characters of all records, that wait."""


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

    def run(self) -> Article | Reject:
        """Return the article of the page, or why there is none."""
        from engine.reading.pages.page import page_record

        try:
            record = page_record(self.page, name=self.label)
        except (MissingExtraError, ValueError, OverflowError, RecursionError) as error:
            return Reject(self.label, self.page.line, "", f"cannot be read: {error}")
        if isinstance(record, Reject):
            return record
        return article_of(record, file=self.label, reading=self.reading)

    def lost(self) -> Article | Reject:
        """Return what is said of a page whose process has ended."""
        reason = "the process that read it, or a page near it, ended"
        return Reject(self.label, self.page.line, "", reason)


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

    def run(self) -> Article | Reject:
        """Return the article of the record, or why there is none."""
        return article_of(self.record, file=self.label, reading=self.reading)

    def lost(self) -> Article | Reject:
        """Return the article, read here, where the process that was to read it has ended."""
        return self.run()

    @property
    def size(self) -> int:
        """Characters of its texts."""
        return sum(len(value) for value in self.record.values.values() if isinstance(value, str))


Task: TypeAlias = PageTask | RecordTask
Bundle: TypeAlias = tuple[Task, ...]


def in_order(
    items: Iterable[Article | Reject | Task], *, workers: int
) -> Iterator[Article | Reject]:
    """Yield the results of `items` in their order; many are read in `workers` processes.

    The results are those of one process, except that a page which ends the process that
    reads it is a reject, and so are the pages that wait with it.
    """
    n_pages = n_records = 0
    pool: _Pool | None = None
    try:
        for item in items:
            n_pages += isinstance(item, PageTask)
            n_records += isinstance(item, RecordTask)
            many = n_pages > FEW or n_records > FEW_RECORDS
            if workers > 1 and pool is None and many and isinstance(item, Task):
                pool = _Pool(workers)
            if pool is not None:
                yield from pool.add(item)
            else:
                yield item.run() if isinstance(item, Task) else item
        if pool is not None:
            yield from pool.rest()
    finally:
        if pool is not None:
            pool.close()


def _run(bundle: Bundle) -> list[Article | Reject]:
    return [task.run() for task in bundle]


class _Pool:
    """Processes, and what waits for them."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._executor: ProcessPoolExecutor | None = None
        self._waiting: deque[tuple[Future[list[Article | Reject]], Bundle, int]] = deque()
        self._size = 0
        self._records: list[RecordTask] = []
        self._records_size = 0

    def add(self, item: Article | Reject | Task) -> Iterator[Article | Reject]:
        """Take an item, and yield what need not wait any longer."""
        if isinstance(item, RecordTask):
            self._records.append(item)
            self._records_size += item.size
            if len(self._records) >= BUNDLED or self._records_size >= _BUNDLED_CHARACTERS:
                self._send_records()
        else:
            self._send_records()
            if isinstance(item, PageTask):
                self._wait_for((item,), len(item.page.data))
            else:
                done: Future[list[Article | Reject]] = Future()
                done.set_result([item])
                self._waiting.append((done, (), 0))
        while self._waiting and (
            len(self._waiting) > AHEAD * self._workers or self._size > _AHEAD_BYTES
        ):
            yield from self._next()

    def rest(self) -> Iterator[Article | Reject]:
        """Yield all that waits."""
        self._send_records()
        while self._waiting:
            yield from self._next()

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _send_records(self) -> None:
        if self._records:
            self._wait_for(tuple(self._records), self._records_size)
            self._records, self._records_size = [], 0

    def _wait_for(self, bundle: Bundle, size: int) -> None:
        self._size += size
        self._waiting.append((self._submit(bundle), bundle, size))

    def _submit(self, bundle: Bundle) -> Future[list[Article | Reject]]:
        try:
            return self._opened().submit(_run, bundle)
        except BrokenProcessPool:
            self.close()
            return self._opened().submit(_run, bundle)

    def _opened(self) -> ProcessPoolExecutor:
        if self._executor is None:
            # A fork would copy the threads of progress bars and models in any state.
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, mp_context=context)
        return self._executor

    def _next(self) -> list[Article | Reject]:
        found, bundle, size = self._waiting.popleft()
        self._size -= size
        try:
            return found.result()
        except BrokenProcessPool:  # a new one may be at work already
            return [task.lost() for task in bundle]
