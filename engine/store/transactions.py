"""Transactions of the corpus file, and what is said when SQLite cannot carry one out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import LockedError, StorageError

_REFUSALS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body in one write transaction of `connection`.

    Raises
    ------
    StorageError
        The disk is full or cannot be written; nothing of the body is stored.
    """
    with statement_errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def statement_errors() -> Iterator[None]:
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
