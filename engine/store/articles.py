"""The articles table."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from engine.domain import UNDATED, Article, Keys, Revisions, Seconds, embedding_text, text_hash
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
    content_hash,
    damaged_article,
    expect_sound,
    in_chunks,
    is_displaced,
    is_sound,
)

LEAST_SCANNED = 10_000
SCANNED_SHARE = 0.4
"""Ids, and their share of all, beyond which the index of all ids is gone through once: to look one
up takes some 5 microseconds, to pass one 2."""


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


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles to consider; an empty field allows all.

    Attributes
    ----------
    since, until
        Aware times; `since` is included, `until` is not. Undated articles pass only
        when neither is set.
    languages, sources
        Exact values, any of which will do.
    """

    since: datetime | None = None
    until: datetime | None = None
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is filtered."""
        return self != ArticleFilter()


class Articles:
    """The articles of a corpus, by id and by key."""

    def __init__(self, connection: sqlite3.Connection, full_text: FullText) -> None:
        self._connection = connection
        self._full_text = full_text

    def __len__(self) -> int:
        """Return the number of articles."""
        (count,) = self._connection.execute("SELECT count(*) FROM articles").fetchone()
        return int(count)

    def upsert(self, articles: Iterable[Article], *, earlier_too: bool = False) -> UpsertCounts:
        """Add new articles and update changed ones; the caller holds a transaction.

        An article is changed when anything but its time of reading differs; its earlier
        headline is kept as a revision. One that was forgotten does not come back.

        Parameters
        ----------
        articles
            In the order in which they were written.
        earlier_too
            Take also what an article said before it was edited. Else that is an old copy,
            not a new edit: a folder that holds both is read every night.
        """
        counts = UpsertCounts()
        given = iter(articles)
        while some := list(islice(given, MARKS_AT_ONCE)):
            counts += self._upsert_some(some, earlier_too)
        return counts

    def _upsert_some(self, articles: Sequence[Article], earlier_too: bool) -> UpsertCounts:
        ids = [article.id for article in articles]
        known, forgotten = set(self.keys_of(ids)), forgotten_among(self._connection, ids)
        counts, edits = UpsertCounts(), Edits()
        new: dict[str, Article] = {}
        for article in articles:
            if article.id in new:  # it was edited since, or is there twice
                counts += self._add(new.values())
                known.update(new)
                new = {}
            if article.id in known:
                counts += self._update(article, earlier_too, edits)
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
        rows = [(key, *_row(article)) for key, article in placed]
        sums = [row_sum(*row) for row in rows]
        self._connection.executemany(
            f"INSERT INTO articles ({SUMMED}, checksum)"  # noqa: S608 - constants
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, checksum) for row, checksum in zip(rows, sums, strict=True)),
        )
        count_in(self._connection, "articles", sums)
        self._full_text.add((key, article.title, article.body) for key, article in placed)
        return UpsertCounts(added=len(placed))

    def _update(self, article: Article, earlier_too: bool, edits: Edits) -> UpsertCounts:
        """Bring an article that is there up to date, but for its words."""
        run = self._connection.execute
        values = _row(article)
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
        if digest == values[-2] or not (earlier_too or self._is_new(key, values[-2])):
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

    def by_keys(self, keys: Sequence[int]) -> dict[int, Article]:
        """Return the articles that exist among `keys`, by key.

        Raises
        ------
        DamagedError
            One of them is not as it was stored.
        """
        found: dict[int, Article] = {}
        for start in range(0, len(keys), MARKS_AT_ONCE):
            chunk = [int(key) for key in keys[start : start + MARKS_AT_ONCE]]
            rows = self._connection.execute(
                f"SELECT {SUMMED}, checksum FROM articles"  # noqa: S608 - only marks
                f" WHERE key IN ({','.join('?' * len(chunk))})",
                chunk,
            ).fetchall()
            expect_sound(self._connection, rows)
            found.update((row[0], _article(row[1:-3])) for row in rows)
        return found

    def checked(self, keys: Keys) -> tuple[list[str], Seconds]:
        """Check articles, all of which exist, without keeping their texts.

        Returns
        -------
        languages, published
            Of each of `keys`, (n,); times as in `times`.

        Raises
        ------
        DamagedError
            One of them is not as it was stored.
        """
        query = f"SELECT {SUMMED}, checksum FROM articles WHERE key IN"  # noqa: S608 - constants
        said: dict[int, tuple[str, int]] = {}
        for row in in_chunks(self._connection, query, keys.tolist()):
            expect_sound(self._connection, [row])
            key, _, _, _, _, language, _, _, _, published, *_ = row
            said[key] = language, UNDATED if published is None else published
        found = [said[key] for key in keys.tolist()]
        times = np.array([published for _, published in found], np.int64)
        return [language for language, _ in found], Seconds(times)

    def renew_text_hashes(self) -> None:
        """Hash the texts that are embedded again; the caller holds a transaction."""
        rows = self._connection.execute("SELECT key, title, body FROM articles").fetchall()
        renewed = f"row_sum(key, {COLUMNS}, content_hash, ?1)"
        self._connection.executemany(
            # What was altered on the disk must not look sound for it.
            f"UPDATE articles SET text_hash = ?1, checksum = iif(checksum = {ARTICLE_SUM},"  # noqa: S608 - constants
            f" {renewed}, checksum) WHERE key = ?2",
            ((text_hash(embedding_text(title, body)), key) for key, title, body in rows),
        )

    def still_there(self, keys: Keys) -> tuple[npt.NDArray[np.bool_], list[Article]]:
        """Return which of `keys` have an article, bool of their shape, and the articles."""
        found = self.by_keys(keys.tolist())
        there = np.array([key in found for key in keys.tolist()], np.bool_)
        return there, [found[key] for key in keys[there].tolist()]

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the keys of the articles that exist among `ids`, by id."""
        if len(ids) <= LEAST_SCANNED or len(ids) <= SCANNED_SHARE * len(self):
            query = "SELECT id, key FROM articles WHERE id IN"
            return dict(in_chunks(self._connection, query, ids))
        wanted = set(ids)
        every = self._connection.execute("SELECT id, key FROM articles")
        return {id_: key for id_, key in every if id_ in wanted}

    def by_ids(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        keys = self.keys_of(ids)
        found = self.by_keys(list(keys.values()))
        return {id_: found[key] for id_, key in keys.items() if key in found}

    def ids_of(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the ids of the articles that exist among `keys`, by key."""
        return dict(in_chunks(self._connection, "SELECT key, id FROM articles WHERE key IN", keys))

    def ids_at(self, urls: Sequence[str]) -> list[str]:
        """Return the ids of the articles with one of these addresses; reads the whole table."""
        query = "SELECT url, id FROM articles WHERE url IN"
        return [id_ for _, id_ in sorted(in_chunks(self._connection, query, urls))]

    def keys(self, which: ArticleFilter | None = None) -> Keys:
        """Return the keys of the articles that pass, ascending, shape (n,)."""
        conditions, values = _conditions(which or ArticleFilter())
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        # Sorted here: SQLite would go through all texts for the order.
        rows = self._connection.execute(
            f"SELECT key FROM articles{where}",  # noqa: S608 - constants
            values,
        )
        return Keys(np.sort(np.fromiter((row[0] for row in rows), np.int64)))

    def languages(self) -> dict[int, str]:
        """Return the language of every article by key."""
        return dict(self._connection.execute("SELECT key, language FROM articles"))

    def languages_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the languages of the articles that exist among `ids`, by id."""
        query = "SELECT id, language FROM articles WHERE id IN"
        return dict(in_chunks(self._connection, query, ids))

    def published_of(self, ids: Sequence[str]) -> dict[str, datetime | None]:
        """Return when the articles that exist among `ids` were published, by id; None: undated."""
        query = "SELECT id, published FROM articles WHERE id IN"
        return {id_: _moment(at) for id_, at in in_chunks(self._connection, query, ids)}

    def said_of(self, ids: Sequence[str]) -> Iterator[tuple[str, int | None, str]]:
        """Yield id, time in seconds since 1970 and language of those that exist among `ids`."""
        query = "SELECT id, published, language FROM articles WHERE id IN"
        return in_chunks(self._connection, query, ids)

    def published(self) -> dict[int, int | None]:
        """Return the time of publication of every article by key, in seconds since 1970."""
        return dict(self._connection.execute("SELECT key, published FROM articles"))

    def times(self) -> tuple[Keys, Seconds, Seconds]:
        """Return when every article was published and read.

        Returns
        -------
        keys, published, fetched
            Int64, (n,), by ascending key, times in seconds since 1970; where the time
            of publication is not known, `published` is `UNDATED`.
        """
        rows = self._connection.execute(
            "SELECT key, coalesce(published, ?), fetched FROM articles",
            (UNDATED,),
        )
        keys, published, fetched = _columns(rows, 3)
        return Keys(keys), Seconds(published), Seconds(fetched)

    def revisions(self) -> tuple[Keys, Revisions]:
        """Return a number for every article that changes whenever the article does.

        Returns
        -------
        keys, revisions
            Int64, (n,), by ascending key.
        """
        rows = self._connection.execute("SELECT key, content_hash FROM articles")
        numbers = ((key, int.from_bytes(digest[:8], "little", signed=True)) for key, digest in rows)
        keys, revisions = _columns(numbers, 2)
        return Keys(keys), Revisions(revisions)

    def counts_by_language(self) -> dict[str, int]:
        """Return the number of articles in each language, most first."""
        return dict(
            self._connection.execute(
                "SELECT language, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )

    def counts_by_source(self) -> dict[str, int]:
        """Return the number of articles of each outlet, most first; empty where not known."""
        return dict(
            self._connection.execute(
                "SELECT source, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )


def _columns(rows: Iterable[Sequence[int]], n_columns: int) -> npt.NDArray[np.int64]:
    """Return the columns of some rows, int64 (n_columns, n), by ascending first."""
    flat = np.fromiter(chain.from_iterable(rows), np.int64)
    columns = flat.reshape(-1, n_columns).T
    return np.ascontiguousarray(columns[:, np.argsort(columns[0])])


def _row(article: Article) -> tuple[object, ...]:
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


def _article(row: Sequence[object]) -> Article:
    id_, title, body, raw, language, source, url, author, published, fetched = row
    text = zlib.decompress(raw).decode("utf-8", "surrogatepass") if isinstance(raw, bytes) else ""
    return Article(
        id=str(id_),
        title=str(title),
        body=str(body),
        language=str(language),
        source=str(source),
        url=str(url),
        published=_moment(published),
        fetched=_moment(fetched) or datetime.fromtimestamp(0, UTC),
        raw=text,
        author=str(author),
    )


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _conditions(which: ArticleFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for operator, moment in ((">=", which.since), ("<", which.until)):
        if moment is not None:
            conditions.append(f"published {operator} ?")
            values.append(int(moment.timestamp()))
    for column, allowed in (("language", which.languages), ("source", which.sources)):
        if allowed:
            conditions.append(f"{column} IN ({','.join('?' * len(allowed))})")
            values.extend(allowed)
    return conditions, values
