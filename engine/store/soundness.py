"""Finding what was altered in the corpus file since it was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from engine.errors import DamagedError
from engine.store.checksums import SCHEMA, counted, tally
from engine.store.rows import (
    ARTICLE_SUM,
    COPY,
    MARKS_AT_ONCE,
    VECTOR_SUM,
    damaged_article,
    in_chunks,
)
from engine.store.word_check import damaged_words

SAMPLE = 4096
"""Articles that are checked, with their vectors, where not all are: about a second's work."""

NAMED = 5
"""Articles that a sentence names at most."""

MEND = "run 'engine rebuild --mend'"

_WAYS_OUT = {
    "articles": "run 'engine ingest' on all inputs again, then 'engine rebuild --mend'",
    "embeddings": f"{MEND} to encode again what is missing",
    "encoders": f"{MEND} to encode again what is missing",
    "stories": f"{MEND} to add them up again from the runs",
    "memberships": f"{MEND} to add them up again from the runs",
    "ledger_head": f"{MEND} to add up the stories again from the runs",
}
_RESTORE = (
    "what is lost is only in a copy: run 'engine import' on one that 'engine export' wrote, or "
    "'engine rebuild --mend' to go on with what is there"
)


def damage(connection: sqlite3.Connection, *, full: bool) -> list[str]:
    """Return what is wrong with a corpus file, one sentence each.

    Parameters
    ----------
    connection
        To the file; nothing is written.
    full
        Read every row, every page and every word, instead of `SAMPLE` articles spaced
        evenly, their vectors, and the number of rows of each table.
    """
    checks: list[Callable[[sqlite3.Connection, bool], Iterable[str]]] = [
        _pages,
        _tallies,
        _articles,
        _vectors,
    ]
    if full:
        checks.append(lambda connection, _: damaged_words(connection))
    problems: list[str] = []
    for check in checks:
        try:
            problems += check(connection, full)
        except (DamagedError, sqlite3.DatabaseError) as error:
            problems.append(f"the file cannot be read through ({error}); {COPY}")
    return list(dict.fromkeys(problems))


def _pages(connection: sqlite3.Connection, full: bool) -> Iterator[str]:
    for (found,) in connection.execute(f"PRAGMA {'integrity' if full else 'quick'}_check"):
        if found != "ok":
            yield (
                f"SQLite finds {found}; {MEND}, and if that fails or it is still found then, "
                "import a copy that 'engine export' wrote"
            )


def _tallies(connection: sqlite3.Connection, full: bool) -> Iterator[str]:
    for table, n, total in counted(connection):
        if full or table == SCHEMA:
            found, sum_ = tally(connection, table)
        else:
            (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - constants
            sum_ = total
        way_out = _WAYS_OUT.get(table, _RESTORE)
        if found != n:
            yield f"table {table} has {found} rows where {n} were written; {way_out}"
        elif sum_ != total:
            yield f"table {table} is not as it was written; {way_out}"


def _articles(connection: sqlite3.Connection, full: bool) -> Iterator[str]:
    for chunk in _chunks(_keys(connection, full)):
        for key in _unsound(connection, chunk):
            yield damaged_article(connection, key)


def _unsound(connection: sqlite3.Connection, keys: Sequence[int]) -> list[int]:
    """Return the articles among `keys` that are not as they were stored."""
    query = f"SELECT key FROM articles WHERE {ARTICLE_SUM} IS NOT checksum AND key IN"  # noqa: S608 - constants
    try:
        return [key for (key,) in in_chunks(connection, query, keys)]
    except (DamagedError, sqlite3.OperationalError):  # bytes that are no text
        if len(keys) == 1:
            return list(keys)
        middle = len(keys) // 2
        return _unsound(connection, keys[:middle]) + _unsound(connection, keys[middle:])


def _vectors(connection: sqlite3.Connection, full: bool) -> Iterator[str]:
    select = f"SELECT text_hash FROM embeddings WHERE {VECTOR_SUM} IS NOT checksum"  # noqa: S608 - constants
    encoders = connection.execute("SELECT encoder, fingerprint FROM encoders").fetchall()
    if full:
        bad = [digest for (digest,) in connection.execute(select)]
        if bad:
            yield _damaged_vectors(connection, bad)
        return
    query = "SELECT text_hash FROM articles WHERE key IN"
    hashes = [digest for (digest,) in in_chunks(connection, query, _keys(connection, full))]
    for encoder, _ in encoders:
        some = f"{select} AND encoder = {int(encoder)} AND text_hash IN"
        if bad := [digest for (digest,) in in_chunks(connection, some, hashes)]:
            yield _damaged_vectors(connection, bad)


def _damaged_vectors(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> str:
    query = "SELECT id FROM articles WHERE text_hash IN"
    ids = [repr(id_) for (id_,) in in_chunks(connection, query, hashes[:NAMED])][:NAMED]
    of = f" (of articles {', '.join(ids)}{' and others' * (len(hashes) > NAMED)})" if ids else ""
    return (
        f"{len(hashes)} cached vectors{of} are not as they were stored; "
        f"{MEND} to encode the texts again"
    )


def _keys(connection: sqlite3.Connection, full: bool) -> list[int]:
    """Return the keys of all articles, or of some that are spaced evenly."""
    keys = [key for (key,) in connection.execute("SELECT key FROM articles ORDER BY key")]
    if full or len(keys) <= SAMPLE:
        return keys
    return [keys[place] for place in np.linspace(0, len(keys) - 1, SAMPLE).astype(int)]


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), MARKS_AT_ONCE):
        yield keys[start : start + MARKS_AT_ONCE]
