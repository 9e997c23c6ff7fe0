"""What queries found, read once, with near-duplicates folded under the best of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Embeddings, Rows
from engine.jobs.base.reader import Reader
from engine.jobs.querying.query import Query
from engine.jobs.querying.ranking import Ranking
from engine.same_event.copies import (
    NEAR_DUPLICATE_COSINE,
    Telling,
    Versions,
    are_versions,
    states_otherwise,
)
from engine.same_event.pairs import sorted_unique

EDITED_COSINE = 0.8
"""Centred cosine from which the words of two hits are compared; copies lie far above."""

ROWS_AT_ONCE = 512
"""Of the hits of one query, compared with each other: 16 MB for the 8,192 of `HITS_AT_ONCE`."""


class Head(NamedTuple):
    """What may become a hit, its vector, (dim,), and the ids of those that are folded under it."""

    row: int
    cosine: float
    article: Article
    vector: npt.NDArray[np.float32]
    folded: list[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of the rows that some queries found.

    Attributes
    ----------
    rows
        Int64, (n,), ascending.
    articles, tellings
        By row, as they are and as they are compared; those that are gone from the store are
        not in them.
    vectors
        Float32 unit rows, (n, dim).
    many
        Whether this process answers many questions, so that it pays to prepare for them.
    """

    rows: Rows
    articles: dict[int, Article]
    tellings: dict[int, Telling]
    vectors: Embeddings
    many: bool

    @classmethod
    def of(cls, reader: Reader, found: Sequence[Rows]) -> Seen:
        """Read each row once, however many queries found it."""
        generation = reader.generation
        rows = Rows(sorted_unique(np.concatenate(found)))
        keys = generation.keys[rows].tolist()
        articles = reader.corpus.articles.by_keys(keys)
        reader.expect_forgotten(len(keys) - len(articles))
        there = {
            row: articles[key]
            for row, key in zip(rows.tolist(), keys, strict=True)
            if key in articles
        }
        tellings = {
            row: Telling(article.title, article.body, article.source)
            for row, article in there.items()
        }
        return cls(rows, there, tellings, generation.vectors(rows), reader.setup.many_questions)

    def versions(self, told: Sequence[Telling]) -> Callable[[int, int], bool]:
        """Return what tells whether two of `told`, by their places, are versions of one text."""
        if self.many:
            return Versions([one.body for one in told])
        return lambda first, second: are_versions(told[first].triples, told[second].triples)


def folded_heads(seen: Seen, query: Query, found: Ranking, fold: bool) -> list[Head]:
    """Return what a query found but itself, best first.

    Parameters
    ----------
    seen
        What was read of the rows that were found.
    query, found
        The query and its ranking.
    fold
        Put near-duplicates of a better one under it.
    """
    rows = found.rows.tolist()
    vectors = seen.vectors[np.searchsorted(seen.rows, found.rows)]
    copied = _Copied(seen, rows, vectors) if fold else None
    heads: dict[int, Head] = {}
    for place, (row, cosine) in enumerate(zip(rows, found.cosines.tolist(), strict=True)):
        article = seen.articles.get(row)
        if article is None or row == query.row:
            continue
        original = copied.first_of(place, heads) if copied else None
        if original is None:
            heads[place] = Head(row, cosine, article, vectors[place], [])
        else:
            heads[original].folded.append(article.id)
    return list(heads.values())


class _Copied:
    """Tells of which of the rows before it each of a ranking is a copy.

    Parameters
    ----------
    seen
        What was read of them.
    rows, vectors
        In the order of the ranking; the vectors are (n, dim).
    """

    def __init__(self, seen: Seen, rows: Sequence[int], vectors: Embeddings) -> None:
        pairs = _near_before(vectors)
        self._tellings = [seen.tellings.get(row) for row in rows]
        edited = pairs.cosines < NEAR_DUPLICATE_COSINE
        places = sorted_unique(np.concatenate([pairs.later[edited], pairs.earlier[edited]]))
        told = {place: one for place in places.tolist() if (one := self._tellings[place])}
        self._number = {place: number for number, place in enumerate(told)}
        self._are_versions = seen.versions(list(told.values()))
        if isinstance(self._are_versions, Versions):
            pairs = self._possible(pairs, edited, self._are_versions)
        self._near = defaultdict[int, list[tuple[int, float]]](list)
        columns = (pairs.later.tolist(), pairs.earlier.tolist(), pairs.cosines.tolist())
        for later, earlier, cosine in zip(*columns, strict=True):
            self._near[later].append((earlier, cosine))

    def _possible(
        self, pairs: _NearPairs, edited: npt.NDArray[np.bool_], versions: Versions
    ) -> _NearPairs:
        """Return `pairs` without those `edited` ones that surely are no versions of one text."""
        numbers = np.full(len(self._tellings), -1, np.int64)
        numbers[list(self._number)] = list(self._number.values())
        first, second = numbers[pairs.earlier], numbers[pairs.later]
        asked = np.flatnonzero(edited & (first >= 0) & (second >= 0))
        kept = ~edited
        kept[asked] = versions.possible(Rows(first[asked]), Rows(second[asked]))
        return pairs.where(kept)

    def first_of(self, place: int, heads: Container[int]) -> int | None:
        """Return which of the places in `heads` that at `place` says nothing besides, if any."""
        near = self._near.get(place, ())
        return next(
            (one for one, cosine in near if one in heads and self._is_near(cosine, one, place)),
            None,
        )

    def _is_near(self, cosine: float, first: int, second: int) -> bool:
        """Tell whether one says nothing that the other, not farther than an edit, does not."""
        ours, theirs = self._tellings[first], self._tellings[second]
        if ours is None or theirs is None:
            return False
        if cosine < NEAR_DUPLICATE_COSINE and not self._are_versions(
            self._number[first], self._number[second]
        ):
            return False
        return not states_otherwise(ours, theirs)


class _NearPairs(NamedTuple):
    """Pairs of hits of one query, (n_pairs,): those of the later hit in turn, nearest first."""

    later: npt.NDArray[np.int64]
    earlier: npt.NDArray[np.int64]
    cosines: npt.NDArray[np.float32]

    def where(self, kept: npt.NDArray[np.bool_]) -> _NearPairs:
        """Return those that are kept, a flag each."""
        return _NearPairs(self.later[kept], self.earlier[kept], self.cosines[kept])


def _near_before(vectors: Embeddings) -> _NearPairs:
    """Return the pairs of rows that are not farther than an edit; mostly there are none.

    Those of `ROWS_AT_ONCE` are compared with all before them at once.
    """
    parts = []
    for start in range(0, max(1, len(vectors)), ROWS_AT_ONCE):
        end = min(len(vectors), start + ROWS_AT_ONCE)
        # Not by a product of matrices: for up to 30 ms after it the threads of that wait busily,
        # which makes the next question take half as long again to encode.
        cosines = np.tril(np.einsum("id,jd->ij", vectors[start:end], vectors[:end]), start - 1)
        later, earlier = np.nonzero(cosines >= EDITED_COSINE)
        near = cosines[later, earlier]
        order = np.lexsort((earlier, -near, later))
        parts.append(_NearPairs(start + later[order], earlier[order], near[order]))
    return _NearPairs(*map(np.concatenate, zip(*parts, strict=True)))
