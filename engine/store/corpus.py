"""Opening, creating and checking the corpus file."""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.disk.layout import Layout
from engine.domain import TEXT_VERSION
from engine.errors import (
    ClosedError,
    DamagedError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from engine.protocols import Closing
from engine.store.articles import Articles
from engine.store.checksums import count_anew, counted, keep_tallies, let_sum
from engine.store.embeddings import EmbeddingCache
from engine.store.forgetting import Forgotten
from engine.store.full_text import FullText
from engine.store.furniture import Furniture
from engine.store.history import History
from engine.store.ledger import Ledger
from engine.store.read_only import Connection, ReadOnlyFile
from engine.store.soundness import damage
from engine.store.transactions import statement_errors, transaction
from engine.store.upgrades import PACKED, PAGE_BYTES, SCHEMA_VERSION, create, upgrade
from engine.store.upserting import renew_text_hashes

BUSY_SECONDS = 30.0
"""How long a statement waits for another connection's short write."""

CACHE_BYTES = 64 << 20
"""Pages that a connection which writes keeps in memory, and pages that wait in the journal for the
file. Ids and hashes come in no order, so each goes to another page of an index. The two indexes
of a million articles have this size: with it a page is read once, and what several transactions
change of it is written to the file once."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """What one connection, which belongs to one thread, gives access to."""

    connection: sqlite3.Connection
    full_text: FullText
    articles: Articles
    embeddings: EmbeddingCache
    forgotten: Forgotten
    furniture: Furniture
    ledger: Ledger
    history: History

    @classmethod
    def over(cls, connection: sqlite3.Connection) -> _Tables:
        full_text = FullText(connection)
        return cls(
            connection,
            full_text,
            Articles(connection, full_text),
            EmbeddingCache(connection),
            Forgotten(connection, full_text),
            Furniture(connection),
            Ledger(connection),
            History(connection),
        )


class Corpus(Closing):
    """The articles of a base with their full text, cached embeddings and story ledger.

    Use as a context manager, or call `close`. Safe to use from many threads: each has a
    connection of its own, which sees the last finished transaction. One process may write
    at a time; the base's lock sees to that.

    Parameters
    ----------
    path
        The SQLite file.
    create
        Make the file when it is not there.
    read_only
        Open it without the right to write, which also works where nothing may be written.

    Raises
    ------
    NotFoundError
        There is no file and `create` is false.
    MismatchError
        The file was written by a newer engine; or by an older one, and it cannot be
        brought up to date here.
    DamagedError
        The file is no SQLite database.
    StorageError
        The disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False) -> None:
        _expect_place(path, create=create)
        self.path = path
        self._file = ReadOnlyFile(path) if read_only else None
        self._threads = threading.local()
        self._n_connected = 0
        self._prepared = False
        self._closed = False
        try:
            with statement_errors():
                self._connect()
                self._prepare()
        except (DamagedError, sqlite3.DatabaseError) as error:
            self.close()
            raise DamagedError(
                f"{path} cannot be read as the article store ({error.__cause__ or error}); "
                "run 'engine import' on what 'engine export' wrote, or 'engine ingest' with a new "
                "folder"
            ) from error
        except BaseException:
            self.close()
            raise

    def _connect(self) -> _Tables:
        """Open a connection for this thread."""
        if self._file is not None:
            connection = self._file.connect(timeout=BUSY_SECONDS)
        else:
            # Another thread may be the last to let go of it, and so close it.
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=Connection,
            )
            connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES >> 10}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CACHE_BYTES // PAGE_BYTES}")
        self._n_connected += 1
        let_sum(connection)
        if self._prepared and self._file is None:
            keep_tallies(connection)
        tables = _Tables.over(connection)
        self._threads.tables = tables
        return tables

    @property
    def _tables(self) -> _Tables:
        if self._closed:
            raise ClosedError(f"{self.path.parent} is closed; open it again with engine.open")
        found: _Tables | None = getattr(self._threads, "tables", None)
        if found is None or (self._file is not None and self._file.has_changed()):
            with statement_errors():
                found = self._connect()
        return found

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._tables.connection

    @property
    def articles(self) -> Articles:
        """The articles, by id and by key."""
        return self._tables.articles

    @property
    def full_text(self) -> FullText:
        """Word search."""
        return self._tables.full_text

    @property
    def embeddings(self) -> EmbeddingCache:
        """Vectors by encoder and text."""
        return self._tables.embeddings

    @property
    def forgotten(self) -> Forgotten:
        """The articles that must not come back."""
        return self._tables.forgotten

    @property
    def furniture(self) -> Furniture:
        """The lines of outlets that are cut."""
        return self._tables.furniture

    @property
    def ledger(self) -> Ledger:
        """The stories as of the head."""
        return self._tables.ledger

    @property
    def history(self) -> History:
        """The past of the stories."""
        return self._tables.history

    def _prepare(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise MismatchError(
                f"{self.path} has schema {version}, this engine knows {SCHEMA_VERSION}; "
                "upgrade the engine"
            )
        if self._file is not None:
            if version < SCHEMA_VERSION:
                self._upgrade_elsewhere(version)
            return
        if version == 0:
            self._create()
        elif version < SCHEMA_VERSION:
            with self.transaction():
                upgrade(self._connection)
            # Vectors take a third of what they did. Where another run reads, or the disk has no
            # room for a copy, or something was altered, the space is left to what comes.
            with suppress(sqlite3.OperationalError, DamagedError):
                if version < PACKED:
                    self._connection.execute("VACUUM")
        keep_tallies(self._connection)
        self._prepared = True
        if (stored := self._setting("text_version")) != str(TEXT_VERSION):
            self._renew_text_hashes(stored)

    def _create(self) -> None:
        run = self._connection.execute
        run(f"PRAGMA page_size = {PAGE_BYTES}")
        run("PRAGMA journal_mode = WAL")
        # A second creator waits here, then finds the tables made.
        with self.transaction():
            if run("PRAGMA user_version").fetchone()[0]:
                return
            create(self._connection)
            run("INSERT INTO settings VALUES ('text_version', ?)", (str(TEXT_VERSION),))
            count_anew(self._connection)

    def _upgrade_elsewhere(self, version: int) -> None:
        """Let a connection that may write bring the file up to date, where it can."""
        try:
            Corpus(self.path).close()
        except StorageError as error:
            raise MismatchError(
                f"{self.path} has schema {version}, this engine reads {SCHEMA_VERSION} and may "
                "not bring it up to date here; run 'engine status' once where it can be written"
            ) from error

    def _renew_text_hashes(self, stored: str | None) -> None:
        if stored is not None and int(stored) > TEXT_VERSION:
            raise MismatchError(
                f"{self.path} has text version {stored}, this engine knows {TEXT_VERSION}; "
                "upgrade the engine"
            )
        with self.transaction():
            renew_text_hashes(self._connection)
            self._connection.execute(
                "INSERT OR REPLACE INTO settings VALUES ('text_version', ?)", (str(TEXT_VERSION),)
            )

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
        with statement_errors(), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)  # to a reader's connection VACUUM INTO is a write

    def replace_by(self, path: Path) -> None:
        """Make the content that of another corpus file, in one transaction.

        Readers go on reading what was there until it is done, and then read the other. Waits
        for a run that writes.

        Raises
        ------
        MismatchError
            The pages of this file have another size, as those of earlier versions have.
        """
        with (
            statement_errors(),
            closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as target,
            closing(sqlite3.connect(path)) as source,
        ):
            sizes = {each.execute("PRAGMA page_size").fetchone() for each in (target, source)}
            if len(sizes) > 1:
                raise MismatchError(
                    f"{self.path} has pages of another size than what is to take its place; "
                    "take that into a new folder with --indexes"
                )
            source.backup(target)
            # What was written lies in the journal, and is as large as the file.
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def state(self) -> str:
        """Return what tells this content from any other: a hash of the sums of all tables."""
        sums = sorted(counted(self._connection))
        return hashlib.sha256(repr(sums).encode()).hexdigest()

    def check(self, *, full: bool = True) -> list[str]:
        """Return what was altered in the file since it was written; see `damage`."""
        return damage(self._connection, full=full)

    def mend(self) -> int:
        """Make again what can be, and take the rest as it is; the caller holds a transaction.

        Vectors that were altered are dropped; the words, the order of the indexes and the
        sums of the ledger are made anew. Altered articles stay as they are and are still
        told, until they are read again from their input.

        Returns
        -------
        int
            Vectors that were dropped.

        Raises
        ------
        DamagedError
            The text of an article cannot be read.
        """
        self._connection.execute("REINDEX")
        n_damaged = self.embeddings.drop_damaged()
        self.full_text.make_anew()
        self.ledger.add_up_anew()
        count_anew(self._connection)
        return n_damaged

    def close(self) -> None:
        """Close the file for all threads; safe to call twice.

        What another thread is reading just now stays open until it has done so.
        """
        if self._closed:
            return
        self._closed = True
        own: _Tables | None = getattr(self._threads, "tables", None)
        self._threads = threading.local()
        if own is not None:
            own.connection.close()
        if self._n_connected > (own is not None):
            # Closing under a thread that reads would crash the process, so the connections
            # of others go as garbage, which they are: each refers to itself.
            gc.collect()


def _expect_place(path: Path, *, create: bool) -> None:
    """Make the folder of a new file, and expect an old one to be there."""
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        found = create or path.exists()
    except OSError as error:
        said = f"{path.parent} cannot be used ({error.strerror}); give permission and run again"
        raise StorageError(said) from error
    if not found and Layout(path.parent).current.exists():
        raise NotFoundError(
            f"{path} is gone, of which the rest of {path.parent} was made; run 'engine import' on "
            "what 'engine export' wrote, or 'engine ingest' on all inputs again"
        )
    if not found:
        raise NotFoundError(f"there are no articles at {path.parent}; run 'engine ingest' first")
