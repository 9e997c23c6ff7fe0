"""How rows of articles and vectors are read: many at once, and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from engine.errors import DamagedError
from engine.store.checksums import row_sum

COLUMNS = "id, title, body, raw, language, source, url, author, published, fetched"
SUMMED = f"{COLUMNS}, content_hash, text_hash"
"""The columns of an article that its checksum is of, which follows them."""

ARTICLE_SUM = f"row_sum({SUMMED})"
VECTOR_SUM = (
    "row_sum((SELECT fingerprint FROM encoders e WHERE e.encoder = embeddings.encoder),"
    " text_hash, vector)"
)

MARKS_AT_ONCE = 500
"""Parameters of one statement; SQLite takes at least 999."""


def is_sound(row: Sequence[object]) -> bool:
    """Tell whether an article, given as `SUMMED` and its checksum, is as it was stored."""
    return row_sum(*row[:-1]) == row[-1]


def damaged_article(connection: sqlite3.Connection, key: int) -> str:
    """Return what to say of an article that is not as it was stored."""
    told = []
    for column in ("id", "source", "url"):
        # Bytes: what was altered need not be text any more.
        row = connection.execute(
            f"SELECT CAST({column} AS BLOB) FROM articles WHERE key = ?",  # noqa: S608 - constants
            (key,),
        ).fetchone()
        told.append((row[0] or b"").decode("utf-8", "replace") if row else "")
    id_, *origin = told
    where = f" ({', '.join(filter(None, origin))})" if any(origin) else ""
    return (
        f"article {id_!r}{where} is not as it was stored: its text, or what is known of it, was "
        "altered; run 'engine ingest' on the input that it came from to read it again"
    )


def expect_sound(connection: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> None:
    """Check articles, given as key, `SUMMED` and checksum.

    Raises
    ------
    DamagedError
        One is not as it was stored; the message names it and the way out.
    """
    for row in rows:
        if not is_sound(row[1:]):
            raise DamagedError(damaged_article(connection, int(str(row[0]))))


def in_chunks(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `query`, which ends in ``IN``, for all of `values`."""
    for start in range(0, len(values), MARKS_AT_ONCE):
        chunk = list(values[start : start + MARKS_AT_ONCE])
        yield from connection.execute(f"{query} ({','.join('?' * len(chunk))})", chunk)
