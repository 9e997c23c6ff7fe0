"""Reads pages in several processes, and gives the results in their order.

Reading a page takes some 20 ms, a thousand times what reading its bytes takes; everything
else is fast enough in one process.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Final

from engine.domain import Article, Reject
from engine.errors import MissingExtraError
from engine.reading.articles import Reading, article_of
from engine.reading.records import RawPage

FEW: Final = 64
"""Pages that are read in this process first: to start another one takes as long."""

AHEAD: Final = 8
"""Pages a worker that wait to be read or to be handed over."""

_AHEAD_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all pages that wait."""


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


def in_order(
    items: Iterable[Article | Reject | PageTask], *, workers: int
) -> Iterator[Article | Reject]:
    """Yield the results of `items` in their order; many pages are read in `workers` processes.

    The results are those of one process, except that a page which ends the process that
    reads it is a reject, and so are those that wait with it.
    """
    n_pages = 0
    pool: _Pool | None = None
    try:
        for item in items:
            task = item if isinstance(item, PageTask) else None
            n_pages += task is not None
            if task is not None and workers > 1 and n_pages > FEW and pool is None:
                pool = _Pool(workers)
            if pool is not None:
                yield from pool.add(item)
            else:
                yield item.run() if isinstance(item, PageTask) else item
        if pool is not None:
            yield from pool.rest()
    finally:
        if pool is not None:
            pool.close()


class _Pool:
    """Processes, and what waits for them."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._executor: ProcessPoolExecutor | None = None
        self._waiting: deque[tuple[Future[Article | Reject], PageTask | None]] = deque()
        self._bytes = 0

    def add(self, item: Article | Reject | PageTask) -> Iterator[Article | Reject]:
        """Take an item, and yield what need not wait any longer."""
        if isinstance(item, PageTask):
            self._bytes += len(item.page.data)
            self._waiting.append((self._submit(item), item))
        else:
            done: Future[Article | Reject] = Future()
            done.set_result(item)
            self._waiting.append((done, None))
        while (
            len(self._waiting) > AHEAD * self._workers or self._bytes > _AHEAD_BYTES
        ) and self._waiting:
            yield self._next()

    def rest(self) -> Iterator[Article | Reject]:
        """Yield all that waits."""
        while self._waiting:
            yield self._next()

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _submit(self, task: PageTask) -> Future[Article | Reject]:
        if self._executor is None:
            # A fork would copy the threads of progress bars and models in any state.
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, mp_context=context)
        try:
            return self._executor.submit(task.run)
        except BrokenProcessPool as error:
            failed: Future[Article | Reject] = Future()
            failed.set_exception(error)
            return failed

    def _next(self) -> Article | Reject:
        found, task = self._waiting.popleft()
        if task is None:
            return found.result()
        self._bytes -= len(task.page.data)
        try:
            return found.result()
        except BrokenProcessPool:
            self.close()
            return Reject(
                task.label, task.page.line, "", "the process that read it, or a page near it, ended"
            )
