"""Reads inputs one after the other: opens, unpacks, tells the format, yields articles.

The readers and unpackers are imported when an input is read: a query by text reads none,
and their imports would take a tenth of its time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

from engine.domain import Article, EmptyInput, Reject
from engine.errors import InputError, MissingExtraError
from engine.protocols import Executor, Progress, silent
from engine.reading.articles import Reading
from engine.reading.records import Found, RawLines, RawPage, Record
from engine.reading.sources.finding import STDIN, find_inputs, is_web_address, total_bytes

if TYPE_CHECKING:
    from engine.reading.parts import Item
    from engine.reading.sources.fetching import Fetcher

_REPORT_EVERY: Final = 64
"""Records, or blocks of lines, between two looks at how far the file is read."""

_Found: TypeAlias = "Iterator[tuple[int, Item | None]]"
"""Bytes of the input read so far, and an item; the last has none."""


def read(
    paths: Sequence[str | Path],
    *,
    fetched: datetime,
    stdin: BinaryIO | None = None,
    progress: Progress = silent,
    renamed: Mapping[str, str] | None = None,
    fetcher: Fetcher | None = None,
    executor: Executor | None = None,
) -> Iterator[Article | Reject]:
    """Yield every article in `paths`, and a reject for everything that is none.

    Streams: memory holds some kilobytes, or a few pages or megabytes a worker. The order is
    that of the paths; within a folder that of the names. Formats are told by content
    (`engine.reading.formats.readers`) and packages are opened
    (`engine.reading.sources.containers`).

    Parameters
    ----------
    paths
        Files, folders (whole and sorted; see `engine.reading.sources.finding` for what is
        left out), patterns with ``*``, ``?``, ``[...]`` or ``**``, web addresses, and
        ``"-"`` for standard input.
    fetched
        Aware UTC time that the articles get as the time of reading.
    stdin
        Binary standard input; without it ``"-"`` is rejected.
    progress
        Called with stage ``"read"`` and counts of bytes; no total with standard input or
        web addresses.
    renamed
        Field of the engine to the input's own name for it, as in ``{"title": "kop"}``.
    fetcher
        Fetches web addresses; without it they are rejected.
    executor
        Its workers read pages and records (`engine.reading.parts`); without it all is read here.

    Returns
    -------
    collections.abc.Iterator
        An article or a reject for each, an `EmptyInput` for what holds none. An input of a
        format whose packages are not installed is a reject that says what to install.
    """
    from engine.reading.parts import in_order

    reading = Reading(fetched=fetched, renamed=renamed)
    found = _found(paths, stdin=stdin, progress=progress, fetcher=fetcher, reading=reading)
    return in_order(found, executor)


def _found(
    paths: Sequence[str | Path],
    *,
    stdin: BinaryIO | None,
    progress: Progress,
    fetcher: Fetcher | None,
    reading: Reading,
) -> Iterator[Item]:
    """Yield what all inputs hold."""
    found = list(find_inputs(paths))
    total = total_bytes(found)
    before = 0
    for place, item in enumerate(found):
        if isinstance(item, Reject):
            yield item
            continue
        if item == STDIN and STDIN in found[:place]:
            yield Reject(STDIN, 0, "", "was named before, and can be read only once")
            continue
        size = 0
        for size, result in _read_one(item, stdin, fetcher, reading):
            progress("read", before + size, total)
            if result is not None:
                yield result
        before += size


def _read_one(
    path: str, stdin: BinaryIO | None, fetcher: Fetcher | None, reading: Reading
) -> _Found:
    if is_web_address(path):
        yield from _read_web(path, fetcher, reading)
    elif path == STDIN and stdin is None:
        yield 0, Reject(STDIN, 0, "", "there is no standard input to read here")
    elif path == STDIN:
        yield from _results(cast("BinaryIO", stdin), path, reading)
    else:
        try:
            with Path(path).open("rb") as stream:
                yield from _results(stream, path, reading)
        except OSError as error:
            yield 0, Reject(path, 0, "", f"cannot be read: {error.strerror or error}")


def _read_web(url: str, fetcher: Fetcher | None, reading: Reading) -> _Found:
    if fetcher is None:
        yield 0, Reject(url, 0, "", "is a web address; fetching was not asked for (--fetch)")
        return
    try:
        answer = fetcher.fetch(url)
    except InputError as error:
        yield 0, Reject(url, 0, "", str(error))
        return
    if answer.data is None:
        return  # it holds nothing that was not read before
    yield from _results(io.BytesIO(answer.data), answer.url, reading)
    fetcher.remember(url, answer)


def _results(stream: BinaryIO, name: str, reading: Reading) -> _Found:
    """Yield what one input holds; damage ends it with a reject, and the next one goes on."""
    from engine.reading.sources.containers import DAMAGE, Budget, unpacked

    buffered = cast("io.BufferedReader", stream)
    if not hasattr(stream, "peek"):
        buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    budget = Budget(packed=lambda: _position(stream))
    count = position = 0
    try:
        for label, opened in unpacked(buffered, name, budget):
            for found in _records(label, opened, reading.renamed):
                if count % _REPORT_EVERY == 0:
                    position = _position(stream)
                count += 1
                yield position, _item_of(found, label, reading)
        if not count:
            yield position, EmptyInput(name, 0, "", "it holds no files")
    except MissingExtraError as error:
        yield _position(stream), Reject(name, 0, "", str(error))
    except DAMAGE as error:
        yield _position(stream), Reject(name, 0, "", f"cannot be read further: {error}")
    yield _position(stream), None


def _item_of(found: Found, label: str, reading: Reading) -> Item:
    from engine.reading.parts import LinesTask, PageTask, RecordTask

    if isinstance(found, RawLines):
        return LinesTask(found, label, reading)
    if isinstance(found, RawPage):
        return PageTask(found, label, reading)
    return RecordTask(found, label, reading) if isinstance(found, Record) else found


def _records(
    label: str, opened: io.BufferedReader | Reject, renamed: Mapping[str, str] | None
) -> Iterator[Found]:
    from engine.reading.formats.readers import reader_for
    from engine.reading.sources.containers import as_utf8

    if isinstance(opened, Reject):
        yield opened
    else:
        opened = as_utf8(opened)
        reason = "it holds no articles" if opened.peek(1) else "it is empty"
        n_found = 0
        for found in reader_for(opened, label, renamed=renamed)(opened, label):
            n_found += 1
            yield found
        if not n_found:
            yield EmptyInput(label, 0, "", reason)


def _position(stream: BinaryIO) -> int:
    """Return the bytes read of a file, 0 where that is not known (a pipe)."""
    try:
        return stream.tell()
    except (OSError, ValueError, AttributeError):
        return 0
