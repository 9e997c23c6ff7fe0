"""Opening a SQLite file that may not be written, on a disk that may not be written either."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from engine.errors import StorageError


class ReadOnlyFile:
    """Gives connections that cannot write.

    A reader of a file in WAL mode shares some bytes of memory with its writers, through a
    file beside it that is gone when the last of them closes. Where it can be neither found
    nor made, nobody writes, and SQLite may take the file as it is ("immutable");
    `has_changed` then tells when somebody does.

    Parameters
    ----------
    path
        The SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._journal = path.resolve().with_name(f"{path.name}-wal")
        self._seen: dict[int, tuple[int, int, bool]] = {}

    def connect(self) -> sqlite3.Connection:
        """Return a connection for the thread that calls.

        Raises
        ------
        StorageError
            A run that was killed left changes beside the file that cannot be read here.
        """
        self._seen.pop(threading.get_ident(), None)
        try:
            return self._opened("mode=rw")
        except sqlite3.OperationalError as error:
            if self._has_journal():
                raise StorageError(
                    f"{self._path} has changes beside it in {self._journal.name} that cannot be "
                    "read without the right to write there; run 'engine status' once where "
                    "that is allowed"
                ) from error
            self._seen[threading.get_ident()] = self._state()
            return self._opened("mode=ro&immutable=1")

    def _opened(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?{mode}", uri=True, isolation_level=None, check_same_thread=False
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
        return seen is not None and seen != self._state()

    def _state(self) -> tuple[int, int, bool]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, self._has_journal()

    def _has_journal(self) -> bool:
        return self._journal.exists() and self._journal.stat().st_size > 0
