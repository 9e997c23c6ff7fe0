"""Articles into the store: new ones, edited ones, and those that were altered on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.domain import Article, embedding_text, text_hash
from engine.errors import DamagedError
from engine.store.checksums import count_in, row_sum
from engine.store.forgetting import forgotten_among
from engine.store.full_text import Edits, FullText
from engine.store.rows import (
    ARTICLE_SUM,
    COLUMNS,
    MARKS_AT_ONCE,
    STORED,
    SUMMED,
    as_row,
    damaged_article,
    in_chunks,
    is_displaced,
    is_sound,
)


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """What a batch of articles did to the store."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    forgotten: int = 0

    def __add__(self, other: UpsertCounts) -> UpsertCounts:
        """Return the counts of both batches."""
        return UpsertCounts(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.forgotten + other.forgotten,
        )


def upsert(
    connection: sqlite3.Connection,
    full_text: FullText,
    articles: Iterable[Article],
    *,
    earlier_too: bool = False,
) -> UpsertCounts:
    """Add new articles and update changed ones; the caller holds a transaction.

    An article is changed when anything but its time of reading differs; its earlier
    headline is kept as a revision. One that was forgotten does not come back.

    Parameters
    ----------
    connection, full_text
        Of the corpus.
    articles
        In the order in which they were written.
    earlier_too
        Take also what an article said before it was edited. Else that is an old copy,
        not a new edit: a folder that holds both is read every night.
    """
    upserts = _Upserts(connection, full_text, earlier_too)
    counts = UpsertCounts()
    given = iter(articles)
    while some := list(islice(given, MARKS_AT_ONCE)):
        counts += upserts.write(some)
    return counts


class _Upserts:
    """Writes articles, some at once.

    Parameters
    ----------
    connection, full_text, earlier_too
        As for `upsert`.
    """

    def __init__(
        self, connection: sqlite3.Connection, full_text: FullText, earlier_too: bool
    ) -> None:
        self._connection = connection
        self._full_text = full_text
        self._earlier_too = earlier_too

    def write(self, articles: Sequence[Article]) -> UpsertCounts:
        """Write at most `MARKS_AT_ONCE` articles."""
        ids = [article.id for article in articles]
        there = in_chunks(self._connection, "SELECT id FROM articles WHERE id IN", ids)
        known, forgotten = {id_ for (id_,) in there}, forgotten_among(self._connection, ids)
        counts, edits = UpsertCounts(), Edits()
        new: dict[str, Article] = {}
        for article in articles:
            if article.id in new:  # it was edited since, or is there twice
                counts += self._add(new.values())
                known.update(new)
                new = {}
            if article.id in known:
                counts += self._update(article, edits)
            elif article.id in forgotten:
                counts += UpsertCounts(forgotten=1)
            else:
                new[article.id] = article
        counts += self._add(new.values())
        edits.write(self._full_text)
        return counts

    def _add(self, articles: Iterable[Article]) -> UpsertCounts:
        """Write articles that are not there yet."""
        placed = list(enumerate(articles, self._next_key()))
        rows = [(key, *as_row(article)) for key, article in placed]
        sums = [row_sum(*row) for row in rows]
        self._connection.executemany(
            f"INSERT INTO articles ({SUMMED}, checksum)"  # noqa: S608 - constants
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, checksum) for row, checksum in zip(rows, sums, strict=True)),
        )
        count_in(self._connection, "articles", sums)
        self._full_text.add((key, article.title, article.body) for key, article in placed)
        return UpsertCounts(added=len(placed))

    def _update(self, article: Article, edits: Edits) -> UpsertCounts:
        """Bring an article that is there up to date, but for its words."""
        run = self._connection.execute
        values = as_row(article)
        try:
            old = run(
                f"SELECT {SUMMED}, checksum FROM articles WHERE id = ?",  # noqa: S608 - constants
                (article.id,),
            ).fetchone()
        except DamagedError:
            (key,) = run("SELECT key FROM articles WHERE id = ?", (article.id,)).fetchone()
            return self._mend(key, values, None, edits)
        key, _, title, body, *_, digest, _, _ = old
        if not is_sound(old):
            if is_displaced(self._connection, old):
                raise DamagedError(damaged_article(self._connection, key))
            return self._mend(key, values, digest, edits)
        if digest == values[-2] or not (self._earlier_too or self._is_new(key, values[-2])):
            return UpsertCounts(unchanged=1)
        run(
            "INSERT INTO revisions (article, replaced, title, content_hash) VALUES (?, ?, ?, ?)",
            (key, int(article.fetched.timestamp()), title, digest),
        )
        self._replace(key, values)
        edits.add(key, (title, body), (article.title, article.body))
        return UpsertCounts(updated=1)

    def _next_key(self) -> int:
        """Return the key that SQLite would give to a new article: none that ever was."""
        query = (
            "SELECT max(coalesce((SELECT max(key) FROM articles), 0), coalesce("
            "(SELECT seq FROM sqlite_sequence WHERE name = 'articles'), 0)) + 1"
        )
        (key,) = self._connection.execute(query).fetchone()
        return int(key)

    def _replace(self, key: int, values: Sequence[object]) -> None:
        assignments = ", ".join(f"{column} = ?" for column in STORED.split(", "))
        self._connection.execute(
            f"UPDATE articles SET {assignments}, checksum = ? WHERE key = ?",  # noqa: S608 - constants
            (*values, row_sum(key, *values), key),
        )

    def _mend(
        self, key: int, values: Sequence[object], digest: object, edits: Edits
    ) -> UpsertCounts:
        """Write an article anew that was altered on the disk: its old words are not known."""
        self._replace(key, values)
        if digest != values[-2]:
            edits.add_unknown()
        return UpsertCounts(updated=1)

    def _is_new(self, key: int, digest: object) -> bool:
        """Tell whether an article never said this before."""
        row = self._connection.execute(
            "SELECT 1 FROM revisions WHERE article = ? AND content_hash = ?", (key, digest)
        ).fetchone()
        return row is None


def renew_text_hashes(connection: sqlite3.Connection) -> None:
    """Hash the texts that are embedded again; the caller holds a transaction."""
    rows = connection.execute("SELECT key, title, body FROM articles").fetchall()
    renewed = f"row_sum(key, {COLUMNS}, content_hash, ?1)"
    connection.executemany(
        # What was altered on the disk must not look sound for it.
        f"UPDATE articles SET text_hash = ?1, checksum = iif(checksum = {ARTICLE_SUM},"  # noqa: S608 - constants
        f" {renewed}, checksum) WHERE key = ?2",
        ((text_hash(embedding_text(title, body)), key) for key, title, body in rows),
    )
