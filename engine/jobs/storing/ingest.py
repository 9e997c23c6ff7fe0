"""Files, feeds, pages, databases and rows of a program into the corpus."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from engine.disk.files import LARGEST_LOG, append_lines, logged_lines
from engine.domain import Article, EmptyInput, Reject, Value
from engine.jobs.base.writer import Writer
from engine.jobs.storing.clean import expect_cleaner, recleaned
from engine.jobs.storing.intake import PLAIN, Intake, Source, take_in, web_fetcher
from engine.store import UpsertCounts

ARTICLES_AT_ONCE = 2000
"""Articles of one transaction: what a killed run has to read again at most. Beside a million rows
each page of an index is changed by few of them, so that 500 write a third more."""

SHOWN_REJECTS = 20
"""Rejects that a report carries; all of them are in the log."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IngestReport(Value):
    """What an ingest did.

    Attributes
    ----------
    added, updated, unchanged, rejected
        Numbers of inputs.
    rejects
        The first of the rejected inputs.
    log
        The file that lists all of them, each once however often it was read.
    unlogged
        Why some are missing in it; empty: none are.
    empty
        Number of inputs with nothing in them to read, which are no rejects.
    empties
        The first of these.
    """

    added: int
    updated: int
    unchanged: int
    rejected: int
    rejects: tuple[Reject, ...]
    log: Path
    unlogged: str = ""
    empty: int = 0
    empties: tuple[EmptyInput, ...] = ()


def ingest(
    writer: Writer,
    source: Source,
    *,
    stdin: BinaryIO | None = None,
    intake: Intake = PLAIN,
) -> IngestReport:
    """Read, clean and store articles; log what cannot be read and go on.

    Parameters
    ----------
    writer
        Of the base.
    source
        Files, folders, globs, web addresses, or ``"-"`` for `stdin`; with a query, one
        database. Or articles, dicts or a table; see `engine.reading.sources.rows`.
    intake
        How they are read.

    Raises
    ------
    MismatchError
        The stored articles were cleaned another way.
    InputError
        The database cannot be queried, or the source is none.
    MissingExtraError
        A table is given and pyarrow is not installed.
    """
    layout, corpus, fetched = writer.layout, writer.corpus, writer.setup.now()
    log = RejectLog(layout.rejects)
    counts = UpsertCounts()
    n_rejected, shown = 0, list[Reject]()
    n_empty, empties = 0, list[EmptyInput]()
    expect_cleaner(corpus)
    furniture = corpus.furniture.by_source()
    fetcher = web_fetcher(intake, memory=layout.fetched)
    found = take_in(
        source,
        intake,
        fetched=fetched,
        stdin=stdin,
        fetcher=fetcher,
        progress=writer.setup.progress,
    )
    for batch in batches(found, ARTICLES_AT_ONCE):
        articles = [
            recleaned(item, furniture) if item.source in furniture else item
            for item in batch
            if isinstance(item, Article)
        ]
        unread = [item for item in batch if isinstance(item, Reject)]
        empty = [item for item in unread if isinstance(item, EmptyInput)]
        rejects = [item for item in unread if not isinstance(item, EmptyInput)]
        with corpus.transaction():
            counts += corpus.articles.upsert(articles)
        log.add(rejects, at=fetched)
        n_rejected += len(rejects)
        shown.extend(rejects[: SHOWN_REJECTS - len(shown)])
        n_empty += len(empty)
        empties.extend(empty[: SHOWN_REJECTS - len(empties)])
    if fetcher is not None:
        fetcher.save()
    return IngestReport(
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        rejected=n_rejected,
        rejects=tuple(shown),
        log=layout.rejects,
        unlogged=log.problem,
        empty=n_empty,
        empties=tuple(empties),
    )


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield `items` in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class RejectLog:
    """Logs what could not become an article, the same one once and not every night.

    Parameters
    ----------
    path
        JSON lines; made when there is something to log.
    largest
        Bytes after which it makes way for a new one.

    Attributes
    ----------
    problem
        Why a reject could not be written; empty: all were. What was read is stored all the same.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST_LOG) -> None:
        self._path = path
        self._largest = largest
        self._known: set[int] | None = None
        self.problem = ""

    def add(self, rejects: Sequence[Reject], *, at: datetime) -> None:
        """Append those of `rejects` that are not in the log yet, with the time of the run."""
        try:
            if rejects:
                self._append(rejects, at)
        except OSError as error:
            self.problem = f"{self._path}: {error.strerror}"

    def _append(self, rejects: Sequence[Reject], at: datetime) -> None:
        if self._known is None:
            self._known = set(map(_logged_key, logged_lines(self._path)))
        lines = []
        for reject in rejects:
            if (key := _key(asdict(reject))) not in self._known:
                self._known.add(key)
                line = {"at": at.isoformat(), **asdict(reject)}
                lines.append(json.dumps(line, ensure_ascii=False))
        if lines:
            append_lines(self._path, lines, largest=self._largest)


def logged_rejects(path: Path, *, most: int | None = None) -> list[tuple[datetime, Reject]]:
    """Return what the log at `path` holds, each with its time, the latest first.

    Parameters
    ----------
    path
        The log.
    most
        How many to return at most, the latest; None for all.
    """
    found = []
    for line in reversed(deque(logged_lines(path), most)):
        try:
            values = json.loads(line)
            reject = Reject(*(values[field.name] for field in fields(Reject)))
            found.append((datetime.fromisoformat(values["at"]), reject))
        except (ValueError, KeyError, TypeError, RecursionError):  # a line that a full disk cut
            continue
    return found


def _key(values: Mapping[str, object]) -> int:
    """Return what tells one reject from another: 64 bits, since a log may hold 100,000."""
    return hash(tuple(str(values.get(name)) for name in ("file", "line", "field", "reason")))


def _logged_key(line: bytes) -> int:
    try:
        return _key(json.loads(line))
    except (ValueError, AttributeError, RecursionError):  # a line that a full disk cut
        return hash(line)
