"""What makes a file of each schema version one of the next.

A change of columns raises SCHEMA_VERSION, always: twice in version 2 it did not, so some files
of that number have no authors, or neither these nor the lines that outlets repeat. A step
therefore adds what is missing and leaves what is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.store.checksums import MODULUS, SCHEMA, count_anew, let_sum, row_sum
from engine.store.full_text import FULL_TEXT
from engine.store.packing import packed
from engine.store.rows import MARKS_AT_ONCE, STORED, SUMMED, VECTOR_SUM

SCHEMA_VERSION = 6

PACKED = 4
"""The first version whose vectors are packed."""

PAGE_BYTES = 8192
"""Of a new file: of articles that are shorter than this, 4096 leave a quarter of a page empty."""


def create(connection: sqlite3.Connection) -> None:
    """Make all tables; the caller holds a transaction."""
    for script in ("schema.sql", "ledger.sql"):
        _run_script(connection, script)
    connection.execute(FULL_TEXT)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a file of an earlier version up to date; the caller holds a transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number in range(version, SCHEMA_VERSION):  # another process may have done so since
        STEPS[number](connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _to_second(connection: sqlite3.Connection) -> None:
    if not _columns(connection, "runs"):  # the first files of version 1 have no ledger
        _run_script(connection, "ledger.sql")
    if _add(connection, "memberships", "since INTEGER NOT NULL DEFAULT 0"):
        connection.execute(
            "UPDATE memberships SET since = coalesce((SELECT max(run) FROM moves"
            " WHERE moves.article = memberships.article AND target != ''), 0)"
        )
    _add(connection, "corrections", "undoes INTEGER NOT NULL DEFAULT 0")
    _add(connection, "revisions", "content_hash BLOB")


def _to_third(connection: sqlite3.Connection) -> None:
    _add(connection, "articles", "author TEXT NOT NULL DEFAULT ''")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS furniture (source TEXT NOT NULL, line TEXT NOT NULL,"
        " PRIMARY KEY (source, line)) WITHOUT ROWID"
    )
    let_sum(connection)
    if _add(connection, "articles", "checksum INTEGER NOT NULL DEFAULT 0"):
        connection.execute(f"UPDATE articles SET checksum = row_sum({STORED})")  # noqa: S608 - constants
    if _add(connection, "embeddings", "checksum INTEGER NOT NULL DEFAULT 0"):
        connection.execute(f"UPDATE embeddings SET checksum = {VECTOR_SUM}")  # noqa: S608 - constants
    # Where they are there, the version alone was altered, and they are as good as ever.
    if not _columns(connection, "tallies"):
        connection.execute(
            "CREATE TABLE tallies (name TEXT PRIMARY KEY, n INTEGER NOT NULL,"
            " total INTEGER NOT NULL) WITHOUT ROWID"
        )
        _make_stages(connection)  # it is counted with the others
        count_anew(connection)


def _to_fourth(connection: sqlite3.Connection) -> None:
    connection.execute("DROP INDEX IF EXISTS articles_by_published")
    connection.execute(
        "CREATE INDEX articles_by_published"
        " ON articles (published, fetched, language, source, content_hash)"
    )
    (table,) = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE name = 'embeddings'"
    ).fetchone()
    if "WITHOUT ROWID" in table:
        _pack_vectors(connection)
    count_anew(connection, ("embeddings", SCHEMA))


def _pack_vectors(connection: sqlite3.Connection) -> None:
    """Keep the vectors packed, in a table that puts them on no pages of their own.

    Those that were altered are left out: the next rebuild encodes their texts again.
    """
    let_sum(connection)
    connection.create_function("packed", 1, _packed, deterministic=True)
    connection.execute("ALTER TABLE embeddings RENAME TO before")
    connection.execute(
        "CREATE TABLE embeddings (encoder INTEGER NOT NULL REFERENCES encoders (encoder),"
        " text_hash BLOB NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL,"
        " UNIQUE (encoder, text_hash))"
    )
    connection.execute(
        "INSERT INTO embeddings"
        " SELECT encoder, text_hash, bytes, row_sum(fingerprint, text_hash, bytes) FROM"
        " (SELECT encoder, text_hash, fingerprint, packed(vector) AS bytes"
        " FROM before JOIN encoders USING (encoder)"
        " WHERE row_sum(fingerprint, text_hash, vector) = checksum)"
    )
    connection.execute("DROP TABLE before")


def _packed(vector: bytes) -> bytes:
    (found,) = packed(np.frombuffer(vector, "<f4")[np.newaxis])
    return found


def _to_fifth(connection: sqlite3.Connection) -> None:
    _make_stages(connection)
    let_sum(connection)
    count_anew(connection, ("stages", SCHEMA))


def _to_sixth(connection: sqlite3.Connection) -> None:
    """Let the checksum of an article be of its key too; what was altered goes on to be told."""
    last, change = 0, 0
    while rows := _articles_after(connection, last):
        last = rows[-1][0]
        sound = [row for row in rows if row_sum(*row[1:-1]) == row[-1]]
        renewed = [(row_sum(*row[:-1]), row[0]) for row in sound]
        connection.executemany("UPDATE articles SET checksum = ? WHERE key = ?", renewed)
        change += sum(new - old for (new, _), (*_, old) in zip(renewed, sound, strict=True))
    connection.execute(
        f"UPDATE tallies SET total = (total + ?) & {MODULUS - 1} WHERE name = 'articles'",  # noqa: S608 - constants
        (change % MODULUS,),
    )


def _articles_after(connection: sqlite3.Connection, key: int) -> list[tuple[Any, ...]]:
    """Return the next articles, as `SUMMED` and checksum, by ascending key."""
    # Bytes that are no text any more must not end the upgrade.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        return connection.execute(
            f"SELECT {SUMMED}, checksum FROM articles WHERE key > ? ORDER BY key LIMIT ?",  # noqa: S608 - constants
            (key, MARKS_AT_ONCE),
        ).fetchall()
    finally:
        connection.text_factory = str


def _make_stages(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS stages (run INTEGER NOT NULL REFERENCES runs (run),"
        " story TEXT NOT NULL, origin TEXT NOT NULL, target TEXT NOT NULL,"
        " PRIMARY KEY (run, story)) WITHOUT ROWID"
    )


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _to_second,
    2: _to_third,
    3: _to_fourth,
    4: _to_fifth,
    5: _to_sixth,
}


def _add(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Add a column unless it is there; tell whether it was added."""
    if column.partition(" ")[0] in _columns(connection, table):
        return False
    connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    return True


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements of `script` one by one, so that they are of one transaction."""
    statement = ""
    text = Path(__file__).with_name(script).read_text(encoding="utf-8")
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
