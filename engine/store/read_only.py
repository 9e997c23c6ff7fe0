"""Opening a SQLite file that may not be written, on a disk that may not be written either."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeAlias

from engine.errors import DamagedError, NotFoundError, StorageError

Values: TypeAlias = Sequence[Any] | Mapping[str, Any]
"""What a statement's marks stand for."""

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

ROWS_AT_ONCE = 256
"""Rows that are taken from SQLite in one step: one by one, Python takes longer than that does."""

_ERRORS = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What may tell of damage."""


@contextmanager
def damage_named() -> Iterator[None]:
    """Raise DamagedError for what SQLite reports of a file that was altered."""
    try:
        yield
    except _ERRORS as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        # Bytes that are no text any more have no code; the second is of SQLite's own messages.
        no_text = isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error)
        if code not in DAMAGED and not no_text:
            raise
        raise DamagedError(
            f"the article store was altered on the disk ({error}); run 'engine verify --full' to "
            "see what of it is lost and how to get it back"
        ) from error


class _Cursor(sqlite3.Cursor):
    """A cursor that says so when the file was altered, and is closed then.

    Else its statement would go on for as long as something refers to the error. What is run
    for each article enters no context where it goes well: that takes as long as it does.
    """

    @contextmanager
    def _closed_by_damage(self) -> Iterator[None]:
        try:
            with damage_named():
                yield
        except DamagedError:
            self.close()
            raise

    def execute(self, sql: str, values: Values = (), /) -> Self:  # type: ignore[override]
        try:
            return super().execute(sql, values)
        except _ERRORS:
            with self._closed_by_damage():
                raise

    def executemany(self, sql: str, rows: Iterable[Values], /) -> Self:  # type: ignore[override]
        with self._closed_by_damage():
            return super().executemany(sql, rows)

    def fetchone(self) -> Any:  # noqa: ANN401 - a row is of any values
        try:
            return super().fetchone()
        except _ERRORS:
            with self._closed_by_damage():
                raise

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        with self._closed_by_damage():
            return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        with self._closed_by_damage():
            return super().fetchall()

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        with self._closed_by_damage():
            while some := super().fetchmany(ROWS_AT_ONCE):
                yield from some


class Connection(sqlite3.Connection):
    """A connection that is closed when nothing refers to it any more.

    What it reads of an altered file raises DamagedError.
    """

    def execute(self, sql: str, values: Values = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a statement; see `sqlite3.Connection.execute`."""
        return self.cursor(_Cursor).execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Values], /) -> sqlite3.Cursor:  # type: ignore[override]
        """Run a statement for each of several rows of values."""
        return self.cursor(_Cursor).executemany(sql, rows)

    def __del__(self) -> None:
        """Close it."""
        with suppress(sqlite3.ProgrammingError):  # it was never opened
            self.close()


class ReadOnlyFile:
    """Gives connections that cannot write.

    A reader of a file in WAL mode shares some bytes of memory with its writers, through a
    file beside it that is gone when the last of them closes. Where it can be neither found
    nor made, nobody writes, and SQLite may take the file as it is ("immutable");
    `has_changed` then tells when somebody does. Who may not write the file must not make
    the others either, even in a folder that lets him: they would be his, and would stop
    those who may.

    Parameters
    ----------
    path
        The SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._journal = self._path.with_name(f"{self._path.name}-wal")
        self._seen: dict[int, tuple[int, int, bool]] = {}

    def connect(self, *, timeout: float) -> Connection:
        """Return a connection for the thread that calls.

        Parameters
        ----------
        timeout
            Seconds for which a statement waits where somebody has the file to himself.

        Raises
        ------
        StorageError
            The file may not be read; or a run that was killed left changes beside it that
            cannot be read here.
        """
        if not os.access(self._path, os.R_OK):
            raise StorageError(
                f"{self._path} cannot be read; give read permission and run this again"
            )
        thread = threading.get_ident()
        writable = os.access(self._path, os.W_OK)
        if writable or self._has_journal():
            try:
                mode = "mode=rw" if writable else "mode=ro&readonly_shm=1"
                connection = self._opened(mode, timeout)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                    raise
                if self._has_journal():
                    raise StorageError(
                        f"{self._path} has changes beside it in {self._journal.name} that cannot "
                        "be read without the right to write there; run 'engine status' once "
                        "where that is allowed"
                    ) from error
            else:
                self._seen.pop(thread, None)
                return connection
        self._seen[thread] = self._state()
        return self._opened("mode=ro&immutable=1", timeout)

    def _opened(self, mode: str, timeout: float) -> Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?{mode}",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def has_changed(self) -> bool:
        """Tell whether this thread took the file for immutable and it has changed since."""
        seen = self._seen.get(threading.get_ident())
        try:
            return seen is not None and seen != self._state()
        except FileNotFoundError as error:
            raise NotFoundError(
                f"there are no articles at {self._path.parent} any more; "
                "run 'engine ingest' for new ones"
            ) from error

    def _state(self) -> tuple[int, int, bool]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, self._has_journal()

    def _has_journal(self) -> bool:
        try:
            return self._journal.stat().st_size > 0
        except FileNotFoundError:
            return False
