"""The order in which articles answer a query: by event, by meaning, by words, or by both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import Rows, embedding_text
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.querying.query import Query
from engine.same_event.hits import JUDGED_DAYS, JUDGED_HITS
from engine.same_event.window import SECONDS_OF_A_DAY

EVENT, DENSE, LEXICAL, HYBRID = MODES = ("event", "dense", "lexical", "hybrid")
"""By the probability of the same event among the nearest by vectors, the default; by vectors
alone; by the words in common; by vectors and words. The comparison is in decision 0005."""

WORDS_FROM = 300
"""Characters of a query whose words are searched for: SQLite's time grows with each."""

FILTERED_ROWS = 10_000
"""Articles that share words and are looked through for those that pass a filter."""

RANK_OFFSET = 60
"""Of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""

LEXICAL_WEIGHT = 0.3
"""Weight of the ranks by words against those by vectors. Words find only the query's own
language, so with equal weights hit@1 across languages falls from 0.84 to 0.38."""


class Ranking(NamedTuple):
    """Articles in the order in which they answer a query.

    Attributes
    ----------
    rows
        Int64, (n,).
    cosines
        Float32, (n,): of each row to the query.
    exhausted
        Whether no more would be found by asking for more.
    """

    rows: Rows
    cosines: npt.NDArray[np.float32]
    exhausted: bool


def rank(
    reader: Reader, queries: Sequence[Query], n_wanted: int, *, within: Rows | None, mode: str
) -> list[Ranking]:
    """Return the `n_wanted` best articles for each query, or all there are.

    Parameters
    ----------
    reader, queries
        Where to search, and what for.
    n_wanted
        Articles to return.
    within
        Consider only these rows, int64; all where None.
    mode
        One of `MODES`.

    Raises
    ------
    InputError
        There is no such mode.
    """
    if mode not in MODES:
        raise InputError(f"expected a mode among {', '.join(MODES)}, got {mode!r}")
    if mode in (EVENT, DENSE):
        return nearest(reader, queries, n_wanted, within)
    ranked = [_by_words(reader, query, n_wanted, within) for query in queries]
    if mode == HYBRID:
        near = nearest(reader, queries, n_wanted, within)
        ranked = [
            (Rows(fuse(vectors.rows, words)[:n_wanted]), vectors.exhausted)
            for vectors, (words, _) in zip(near, ranked, strict=True)
        ]
    return [
        Ranking(words, reader.generation.vectors(words) @ query.vector[0], no_more)
        for query, (words, no_more) in zip(queries, ranked, strict=True)
    ]


def of_its_days(reader: Reader, query: Query, within: Rows | None) -> Ranking | None:
    """Return the nearest articles of the query's days; None where it has no date.

    Where a base holds years of look-alikes, these are not among the nearest of all.
    """
    published = query.article.published
    if published is None:
        return None
    moment, most = published.timestamp(), JUDGED_DAYS * SECONDS_OF_A_DAY
    earliest, latest = math.ceil(moment - most), math.floor(moment + most)
    days = reader.generation.rows_between(earliest, latest)
    if within is not None:
        days = Rows(days[np.isin(days, within)])
    return nearest(reader, [query], JUDGED_HITS + 1, days)[0]


def united(found: Ranking, soon: Ranking | None) -> Ranking:
    """Return two rankings by vectors as one, which ends where `found` does."""
    if soon is None:
        return found
    rows, first = np.unique(np.concatenate([found.rows, soon.rows]), return_index=True)
    cosines = np.concatenate([found.cosines, soon.cosines])[first]
    order = np.argsort(-cosines, kind="stable")
    return Ranking(Rows(rows[order]), cosines[order], found.exhausted)


def nearest(
    reader: Reader, queries: Sequence[Query], n_wanted: int, within: Rows | None
) -> list[Ranking]:
    """Return the articles nearest to each query by vectors, all by one search.

    Parameters and what is returned are as for `rank`.
    """
    generation = reader.generation
    vectors = np.concatenate([query.vector for query in queries])
    found = generation.index.search(vectors, n_wanted, within=within)
    there = found.rows >= 0
    all_there = n_wanted >= len(generation)
    return [
        Ranking(rows[known], cosines[known], all_there or not known.all())
        for rows, cosines, known in zip(found.rows, found.cosines, there, strict=True)
    ]


def _by_words(
    reader: Reader, query: Query, n_wanted: int, within: Rows | None
) -> tuple[Rows, bool]:
    """Return rows that share words with the query, best first, and whether these are all."""
    text = embedding_text(query.article.title, query.article.body, limit=WORDS_FROM)
    n_searched = n_wanted if within is None else max(n_wanted, FILTERED_ROWS)
    keys, _ = reader.corpus.full_text.search(text, n_searched)
    found = reader.generation.rows_of(keys)
    rows = found[found >= 0]  # the others were ingested after the last rebuild
    if within is not None:
        rows = rows[np.isin(rows, within)]
    return Rows(rows[:n_wanted]), len(keys) < n_searched


def fuse(vectors: Rows, words: Rows) -> Rows:
    """Return the rows of two rankings in one, by weighted reciprocal rank.

    Parameters
    ----------
    vectors, words
        Int64, (n,) and (m,), best first, each row once.
    """
    rows, places = np.unique(np.concatenate([vectors, words]), return_inverse=True)
    scores = np.zeros(len(rows))
    scores[places[: len(vectors)]] += 1 / (RANK_OFFSET + 1 + np.arange(len(vectors)))
    scores[places[len(vectors) :]] += LEXICAL_WEIGHT / (RANK_OFFSET + 1 + np.arange(len(words)))
    # Of equal scores, the row that vectors put first.
    order = np.full(len(rows), len(vectors))
    order[places[: len(vectors)]] = np.arange(len(vectors))
    return Rows(rows[np.lexsort((order, -scores))])
