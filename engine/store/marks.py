"""Statements over more values than SQLite takes at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

MARKS_AT_ONCE = 500
"""Parameters of one statement; SQLite takes at least 999."""


def in_chunks(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `query`, which ends in ``IN``, for all of `values`."""
    for start in range(0, len(values), MARKS_AT_ONCE):
        chunk = list(values[start : start + MARKS_AT_ONCE])
        yield from connection.execute(f"{query} ({','.join('?' * len(chunk))})", chunk)
