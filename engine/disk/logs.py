"""Logs of a base: JSON lines that are appended to, and that do not grow for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.disk.layout import older_log

LARGEST_LOG = 16 * 1024 * 1024
"""Bytes after which a log makes way for a new one; with the older one it takes twice that."""


def append_lines(path: Path, lines: Sequence[str], *, largest: int = LARGEST_LOG) -> None:
    """Append `lines` to a log; one that is full is first put in place of the older one.

    Raises
    ------
    OSError
        The log cannot be written.
    """
    if path.is_file() and path.stat().st_size >= largest:
        path.replace(older_log(path))
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write("".join(f"{line}\n" for line in lines))


def logged_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a log with those of the older one before it."""
    for kept in (older_log(path), path):
        if kept.is_file():
            with kept.open("rb") as log:
                yield from log
