"""Opening, creating and checking the corpus file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain import TEXT_VERSION, embedding_text, text_hash
from engine.errors import (
    DamagedError,
    LockedError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from engine.store.articles import Articles
from engine.store.embeddings import EmbeddingCache
from engine.store.forgetting import Forgotten
from engine.store.full_text import FullText
from engine.store.furniture import Furniture
from engine.store.history import History
from engine.store.ledger import Ledger

SCHEMA_VERSION = 2
UPGRADES = {
    1: (
        "ALTER TABLE articles ADD COLUMN author TEXT NOT NULL DEFAULT ''",
        (
            "CREATE TABLE furniture (source TEXT NOT NULL, line TEXT NOT NULL,"
            " PRIMARY KEY (source, line)) WITHOUT ROWID"
        ),
        "ALTER TABLE corrections ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE revisions ADD COLUMN content_hash BLOB",
    )
}
"""What makes a file of each version one of the next."""

SCRIPTS = ("schema.sql", "ledger.sql")
_REFUSALS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}

BUSY_MILLISECONDS = 30_000
"""How long a statement waits for another connection's short write."""


class Corpus:
    """The articles of a base with their full text, cached embeddings and story ledger.

    Use as a context manager, or call `close`. One process may write at a time (the
    base's lock sees to that); readers see the last finished transaction.

    Parameters
    ----------
    path
        The SQLite file.
    create
        Make the file when it is not there.

    Raises
    ------
    NotFoundError
        There is no file and `create` is false.
    MismatchError
        The file was written by a newer engine.
    DamagedError
        The file is no SQLite database.
    StorageError
        The disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if not create and not path.exists():
            raise NotFoundError(
                f"there are no articles at {path.parent}; run 'engine ingest' first"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with storage_errors():
            self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            with storage_errors():
                self._prepare()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise DamagedError(
                f"{path} cannot be read as the article store ({error}); "
                "restore it from a backup or ingest the articles again into a new folder"
            ) from error
        except BaseException:
            self._connection.close()
            raise
        self.full_text = FullText(self._connection)
        self.articles = Articles(self._connection, self.full_text)
        self.embeddings = EmbeddingCache(self._connection)
        self.forgotten = Forgotten(self._connection, self.full_text)
        self.furniture = Furniture(self._connection)
        self.ledger = Ledger(self._connection)
        self.history = History(self._connection)

    def _prepare(self) -> None:
        run = self._connection.execute
        run(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        version = run("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise MismatchError(
                f"{self.path} has schema {version}, this engine knows {SCHEMA_VERSION}; "
                "upgrade the engine"
            )
        if version == 0:
            self._create()
            return
        if version < SCHEMA_VERSION:
            self._upgrade()
        if (stored := self._setting("text_version")) != str(TEXT_VERSION):
            self._renew_text_hashes(stored)

    def _create(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        # A second creator waits here, then finds the tables made.
        with self.transaction():
            if run("PRAGMA user_version").fetchone()[0]:
                return
            for script in SCRIPTS:
                schema = files("engine.store").joinpath(script).read_text(encoding="utf-8")
                for statement in _statements(schema):
                    run(statement)
            run("INSERT INTO settings VALUES ('text_version', ?)", (str(TEXT_VERSION),))
            run(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _upgrade(self) -> None:
        run = self._connection.execute
        with self.transaction():
            # Another process may have done so since.
            for version in range(run("PRAGMA user_version").fetchone()[0], SCHEMA_VERSION):
                for statement in UPGRADES[version]:
                    run(statement)
            run(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _renew_text_hashes(self, stored: str | None) -> None:
        if stored is not None and int(stored) > TEXT_VERSION:
            raise MismatchError(
                f"{self.path} has text version {stored}, this engine knows {TEXT_VERSION}; "
                "upgrade the engine"
            )
        run = self._connection.execute
        with self.transaction():
            rows = run("SELECT key, title, body FROM articles").fetchall()
            self._connection.executemany(
                "UPDATE articles SET text_hash = ? WHERE key = ?",
                ((text_hash(embedding_text(title, body)), key) for key, title, body in rows),
            )
            run("INSERT OR REPLACE INTO settings VALUES ('text_version', ?)", (str(TEXT_VERSION),))

    def cleaner(self) -> str | None:
        """Return the fingerprint of what cleaned the articles; None before the first ingest."""
        return self._setting("cleaner")

    def set_cleaner(self, fingerprint: str) -> None:
        """Keep the fingerprint of what cleaned the articles; the caller holds a transaction."""
        self._connection.execute(
            "INSERT OR REPLACE INTO settings VALUES ('cleaner', ?)", (fingerprint,)
        )

    def _setting(self, name: str) -> str | None:
        row = self._connection.execute(
            "SELECT value FROM settings WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written inside, or nothing of it."""
        with transaction(self._connection):
            yield

    def copy_to(self, path: Path) -> None:
        """Write a copy as of now to `path`, which must not be there yet."""
        self._connection.execute("VACUUM INTO ?", (str(path),))

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the file; empty when it is sound."""
        rows = self._connection.execute("PRAGMA integrity_check").fetchall()
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the corpus itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body in one write transaction of `connection`.

    Raises
    ------
    StorageError
        The disk is full or cannot be written; nothing of the body is stored.
    """
    with storage_errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise StorageError for what SQLite reports when the disk refuses to be written.

    And LockedError where another run writes for longer than a statement waits, which the
    base's lock rules out but for a migration beside the nights.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        # The lowest byte is the kind of error, the others say more of it.
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if kind == sqlite3.SQLITE_BUSY:
            raise LockedError(
                f"another run is writing to the article store ({error}); "
                "wait for it to end and run this again"
            ) from error
        if kind not in _REFUSALS:
            raise
        raise StorageError(
            f"the article store cannot be written ({error}); nothing that was stored is lost: "
            "free space or give write permission, and run this again"
        ) from error


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of `script`, so that they run inside one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
