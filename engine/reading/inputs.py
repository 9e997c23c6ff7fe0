"""Finds the inputs and reads them one after the other: files, folders, globs, stdin."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from engine.domain import Article, Reject
from engine.protocols import Progress, silent
from engine.reading.articles import Reading, article_of
from engine.reading.formats import reader_for
from engine.reading.records import Record

STDIN: Final = "-"
"""Name of standard input among the paths."""

_REPORT_EVERY: Final = 256
"""Records between two reports of progress."""


def read(
    paths: Sequence[str | Path],
    *,
    fetched: datetime,
    stdin: BinaryIO | None = None,
    progress: Progress = silent,
    renamed: Mapping[str, str] | None = None,
) -> Iterator[Article | Reject]:
    """Yield every article in `paths`, and a reject for everything that is none.

    Streams: memory holds one record at a time. The order is that of the paths; within a
    folder that of the names. The format is told by content.

    Parameters
    ----------
    paths
        Files, folders (read whole, sorted, hidden files left out), patterns with ``*``,
        ``?``, ``[...]`` or ``**``, and ``"-"`` for standard input.
    fetched
        Aware UTC time that the articles get as the time of reading.
    stdin
        Binary standard input; without it ``"-"`` is rejected.
    progress
        Called with stage ``"read"`` and counts of bytes; no total with standard input.
    renamed
        Field of the engine to the input's own name for it, as in ``{"title": "kop"}``.
    """
    reading = Reading(fetched=fetched, renamed=renamed)
    found = list(_expand(paths))
    total = _total(found)
    before = 0
    for item in found:
        if isinstance(item, Reject):
            yield item
            continue
        size = 0
        for size, result in _read_one(item, stdin, reading):
            progress("read", before + size, total)
            if result is not None:
                yield result
        before += size


def _read_one(
    path: str, stdin: BinaryIO | None, reading: Reading
) -> Iterator[tuple[int, Article | Reject | None]]:
    """Yield (bytes read so far, result) for one input, ending with (bytes, None)."""
    if path == STDIN:
        if stdin is None:
            yield 0, Reject(STDIN, 0, "", "there is no standard input to read here")
            return
        yield from _results(stdin, path, reading)
        return
    try:
        with Path(path).open("rb") as stream:
            yield from _results(stream, path, reading)
    except OSError as error:
        yield 0, Reject(path, 0, "", f"cannot be read: {error.strerror or error}")


def _results(
    stream: BinaryIO, name: str, reading: Reading
) -> Iterator[tuple[int, Article | Reject | None]]:
    read_records, opened = reader_for(stream, name)
    position = 0
    for count, record in enumerate(read_records(opened, name)):
        if count % _REPORT_EVERY == 0:
            position = _position(stream)
        if isinstance(record, Record):
            yield position, article_of(record, file=name, reading=reading)
        else:
            yield position, record
    yield _position(stream), None


def _position(stream: BinaryIO) -> int:
    """Return the bytes read of a file, 0 where that is not known (a pipe)."""
    try:
        return stream.tell()
    except (OSError, ValueError, AttributeError):
        return 0


def _expand(paths: Sequence[str | Path]) -> Iterator[str | Reject]:
    """Yield the files that `paths` name, and a reject for each path that names none."""
    for given in paths:
        path = str(given)
        if path == STDIN:
            yield path
        elif _exists(path):
            yield from _files(path)
        elif glob.has_magic(path):
            matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - keeps "**" whole
            for match in matches:
                yield from _files(match)
            if not matches:
                yield Reject(path, 0, "", "no file matches this pattern")
        else:
            yield Reject(path, 0, "", "there is no such file or folder")


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long a name, a NUL in it, a folder we may not enter
        return False


def _files(path: str) -> Iterator[str | Reject]:
    if not Path(path).is_dir():
        yield path if _is_readable(path) else Reject(path, 0, "", "is neither a file nor a pipe")
        return
    empty = True
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            whole = str(Path(folder) / name)
            if not name.startswith(".") and Path(whole).is_file():
                empty = False
                yield whole
    if empty:
        yield Reject(path, 0, "", "the folder holds no files")


def _is_readable(path: str) -> bool:
    """Tell files and pipes from devices: /dev/zero never ends."""
    mode = Path(path).stat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def _total(found: Sequence[str | Reject]) -> int | None:
    """Return the bytes to read, or None when an input has no size."""
    total = 0
    for item in found:
        if isinstance(item, Reject):
            continue
        if item == STDIN:
            return None
        total += Path(item).stat().st_size
    return total
