"""Rows of articles and vectors: what is in them, how they are checked, and read many at once."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from engine.domain import Article, embedding_text, text_hash
from engine.errors import DamagedError
from engine.store.checksums import row_sum

COLUMNS = "id, title, body, raw, language, source, url, author, published, fetched"
STORED = f"{COLUMNS}, content_hash, text_hash"
"""What is stored of an article."""

SUMMED = f"key, {STORED}"
"""The columns of an article that its checksum is of, which follows them."""

ARTICLE_SUM = f"row_sum({SUMMED})"
VECTOR_SUM = (
    "row_sum((SELECT fingerprint FROM encoders e WHERE e.encoder = embeddings.encoder),"
    " text_hash, vector)"
)

COPY = "run 'engine import' on what 'engine export' wrote, or 'engine ingest' with a new folder"

MARKS_AT_ONCE = 500
"""Parameters of one statement; SQLite takes at least 999."""


def is_sound(row: Sequence[object]) -> bool:
    """Tell whether an article, given as `SUMMED` and its checksum, is as it was stored."""
    return row_sum(*row[:-1]) == row[-1]


def content_hash(*content: object) -> bytes:
    """Return a hash, 16 bytes, of what is told of an article.

    Parameters
    ----------
    content
        Title, body, language, source, url, published and author, in this order.
    """
    found = hashlib.blake2b(digest_size=16)
    *said, published, author = content
    # An empty author counts for nothing: without one the hash is that of earlier versions.
    for value in (*said, published, *filter(None, (author,))):
        # Lengths keep ("ab", "c") from hashing like ("a", "bc").
        data = str(value).encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little") + data)
    return found.digest()


def as_row(article: Article) -> tuple[object, ...]:
    """Return an article as the columns `STORED`."""
    published = None if article.published is None else int(article.published.timestamp())
    content = (article.title, article.body, article.language, article.source, article.url)
    return (
        article.id,
        article.title,
        article.body,
        zlib.compress(article.raw.encode("utf-8", "surrogatepass")) if article.raw else None,
        article.language,
        article.source,
        article.url,
        article.author,
        published,
        int(article.fetched.timestamp()),
        content_hash(*content, published, article.author),
        text_hash(embedding_text(article.title, article.body)),
    )


def as_article(row: Sequence[object]) -> Article:
    """Return the article whose `COLUMNS` are in `row`."""
    id_, title, body, raw, language, source, url, author, published, fetched = row
    text = zlib.decompress(raw).decode("utf-8", "surrogatepass") if isinstance(raw, bytes) else ""
    return Article(
        id=str(id_),
        title=str(title),
        body=str(body),
        language=str(language),
        source=str(source),
        url=str(url),
        published=as_moment(published),
        fetched=as_moment(fetched) or datetime.fromtimestamp(0, UTC),
        raw=text,
        author=str(author),
    )


def as_moment(seconds: object) -> datetime | None:
    """Return the time of a column of seconds since 1970; None where it has none."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def is_displaced(connection: sqlite3.Connection, row: Sequence[object]) -> bool:
    """Tell whether an article, given as `is_sound` takes it, was stored under another key."""
    key, _, title, body, _, language, source, url, author, published, _, digest, *_ = row
    if content_hash(title, body, language, source, url, published, author) != digest:
        return False
    keys = connection.execute("SELECT key FROM articles WHERE key IS NOT ?", (key,))
    return any(is_sound((other, *row[1:])) for (other,) in keys)


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
    with suppress(DamagedError, sqlite3.OperationalError):  # bytes that are no text
        row = connection.execute(
            f"SELECT {SUMMED}, checksum FROM articles WHERE key = ?",  # noqa: S608 - constants
            (key,),
        ).fetchone()
        if row and is_displaced(connection, row):
            return f"article {id_!r}{where} stands in the place of another; {COPY}"
    return (
        f"article {id_!r}{where} is not as it was stored: its text, or what is known of it, was "
        "altered; run 'engine ingest' on the input that it came from to read it again"
    )


def expect_sound(connection: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> None:
    """Check articles, given as `SUMMED` and checksum.

    Raises
    ------
    DamagedError
        One is not as it was stored; the message names it and the way out.
    """
    for row in rows:
        if not is_sound(row):
            raise DamagedError(damaged_article(connection, int(str(row[0]))))


def in_chunks(
    connection: sqlite3.Connection, query: str, values: Sequence[object], rest: str = ""
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `query`, which ends in ``IN``, for all of `values`, and then `rest`."""
    for start in range(0, len(values), MARKS_AT_ONCE):
        chunk = list(values[start : start + MARKS_AT_ONCE])
        marks = ",".join("?" * len(chunk))
        # At once: to step through them in Python takes as long as SQLite does.
        yield from connection.execute(f"{query} ({marks}){rest}", chunk).fetchall()
