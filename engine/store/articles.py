"""The articles table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from engine.arguments import expect_fields
from engine.domain import (
    LEAD_CHARACTERS,
    UNDATED,
    Article,
    Keys,
    Lengths,
    Revisions,
    Seconds,
    embedding_text,
)
from engine.store.full_text import FullText
from engine.store.rows import (
    MARKS_AT_ONCE,
    SUMMED,
    as_article,
    as_moment,
    expect_sound,
    in_chunks,
)
from engine.store.upserting import UpsertCounts, upsert
from engine.words.moments import expect_aware

LEAST_SCANNED = 10_000
SCANNED_SHARE = 0.4
"""Ids, and their share of all, beyond which the index of all ids is gone through once: to look one
up takes some 5 microseconds, to pass one 2."""


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

    Raises
    ------
    InputError
        A time is not aware, or a field is of another type.
    """

    since: datetime | None = None
    until: datetime | None = None
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be taken for something else."""
        expect_aware(since=self.since, until=self.until)
        expect_fields(self)

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
        """Add new articles and update changed ones; see `engine.store.upserting.upsert`."""
        return upsert(self._connection, self._full_text, articles, earlier_too=earlier_too)

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
            found.update((row[0], as_article(row[1:-3])) for row in rows)
        return found

    def checked(self, keys: Keys) -> tuple[list[str], Seconds, Lengths]:
        """Check articles, all of which exist, without keeping their texts.

        Returns
        -------
        languages, published, lengths
            Of each of `keys`, (n,); times as in `times`, lengths as in `lengths`.

        Raises
        ------
        DamagedError
            One of them is not as it was stored.
        """
        query = f"SELECT {SUMMED}, checksum FROM articles WHERE key IN"  # noqa: S608 - constants
        said: dict[int, tuple[str, int, int]] = {}
        for row in in_chunks(self._connection, query, keys.tolist()):
            expect_sound(self._connection, [row])
            key, _, title, body, _, language, _, _, _, published, *_ = row
            length = len(embedding_text(title, body))
            said[key] = language, UNDATED if published is None else published, length
        found = [said[key] for key in keys.tolist()]
        times, lengths = np.array([row[1:] for row in found], np.int64).reshape(-1, 2).T
        return [language for language, *_ in found], Seconds(times), lengths

    def still_there(
        self, keys: Keys, known: Mapping[int, Article] | None = None
    ) -> tuple[npt.NDArray[np.bool_], list[Article]]:
        """Return which of `keys` have an article, bool of their shape, and the articles.

        Those that are `known`, by key, are not read.
        """
        known, wanted = known or {}, keys.tolist()
        read = self.by_keys([key for key in wanted if key not in known])
        found = [known.get(key) or read.get(key) for key in wanted]
        there = np.array([article is not None for article in found], np.bool_)
        return there, [article for article in found if article is not None]

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

    def lengths(self) -> dict[int, int]:
        """Return the characters of the text that is embedded of every article, by key."""
        query = f"SELECT key, title, substr(body, 1, {LEAD_CHARACTERS}) FROM articles"  # noqa: S608 - a number
        rows = self._connection.execute(query)
        return {key: len(embedding_text(title, body)) for key, title, body in rows}

    def sample(self, most: int) -> list[Article]:
        """Return some articles that differ in their texts, the same ones whenever they are there.

        Raises
        ------
        DamagedError
            One of them is not as it was stored.
        """
        # By a hash no outlet, day or language goes before another.
        query = "SELECT min(key) FROM articles GROUP BY text_hash ORDER BY text_hash LIMIT ?"
        keys = [key for (key,) in self._connection.execute(query, (most,))]
        return list(self.by_keys(keys).values())

    def languages_by_key(self) -> npt.NDArray[np.str_]:
        """Return the same by ascending key, shape (n,)."""
        keys, said = self._connection.execute(
            "SELECT group_concat(key, ' '), group_concat(language, char(10)) FROM articles"
        ).fetchone()
        languages = np.array(said.split("\n") if keys else [], np.str_)
        return languages[np.argsort(_numbers(keys))]

    def languages_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the languages of the articles that exist among `ids`, by id."""
        query = "SELECT id, language FROM articles WHERE id IN"
        return dict(in_chunks(self._connection, query, ids))

    def published_of(self, ids: Sequence[str]) -> dict[str, datetime | None]:
        """Return when the articles that exist among `ids` were published, by id; None: undated."""
        query = "SELECT id, published FROM articles WHERE id IN"
        return {id_: as_moment(at) for id_, at in in_chunks(self._connection, query, ids)}

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
        said = self._connection.execute(
            "SELECT group_concat(key, ' '), group_concat(coalesce(published, ?), ' '),"
            " group_concat(fetched, ' ') FROM articles",
            (UNDATED,),
        ).fetchone()
        keys, published, fetched = np.stack([_numbers(column) for column in said])
        order = np.argsort(keys)
        return Keys(keys[order]), Seconds(published[order]), Seconds(fetched[order])

    def revisions(self) -> tuple[Keys, Revisions]:
        """Return a number for every article that changes whenever the article does.

        Returns
        -------
        keys, revisions
            Int64, (n,), by ascending key.
        """
        # A hash that was altered may be of any length.
        said, digests = self._connection.execute(
            "SELECT group_concat(key, ' '),"
            " group_concat(substr(digits || '0000000000000000', 1, 16), '')"
            " FROM (SELECT key, hex(substr(content_hash, 1, 8)) AS digits FROM articles)"
        ).fetchone()
        keys = _numbers(said)
        revisions = np.frombuffer(bytes.fromhex(digests or ""), "<i8").astype(np.int64)
        order = np.argsort(keys)
        return Keys(keys[order]), Revisions(revisions[order])

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


def _numbers(said: str | None) -> npt.NDArray[np.int64]:
    """Return the numbers of a column that SQLite joined by spaces; None: there was none.

    To step through the rows of a million articles in Python takes two to three times as long.
    """
    return np.fromstring(said, np.int64, sep=" ") if said else np.empty(0, np.int64)


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
