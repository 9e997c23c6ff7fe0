"""What queries found, read once, with near-duplicates folded under the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.domain import Article, Embeddings, Rows
from engine.jobs.query import Query
from engine.jobs.ranking import Ranking
from engine.jobs.session import Reader
from engine.same_event.copies import NEAR_DUPLICATE_COSINE, Telling, is_copy, states_otherwise

EDITED_COSINE = 0.8
"""Centred cosine from which the words of two hits are compared; copies lie far above."""

COMPARED_AT_ONCE = 512
"""Hits whose cosines to all before them are in memory at once."""


class Head(NamedTuple):
    """What may become a hit, and the ids of those that are folded under it."""

    row: int
    cosine: float
    article: Article
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
    """

    rows: Rows
    articles: dict[int, Article]
    tellings: dict[int, Telling]
    vectors: Embeddings

    @classmethod
    def of(cls, reader: Reader, found: Sequence[Rows]) -> Seen:
        """Read each row once, however many queries found it."""
        generation = reader.generation
        rows = Rows(np.unique(np.concatenate(found)))
        keys = generation.keys[rows].tolist()
        articles = reader.corpus.articles.by_keys(keys)
        there = {
            row: articles[key]
            for row, key in zip(rows.tolist(), keys, strict=True)
            if key in articles
        }
        tellings = {
            row: Telling(article.title, article.body, article.source)
            for row, article in there.items()
        }
        return cls(rows, there, tellings, generation.vectors(rows))


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
    near: dict[int, list[tuple[int, float]]] = {}
    if fold:
        near = _near_before(seen.vectors[np.searchsorted(seen.rows, found.rows)])
    heads: dict[int, Head] = {}
    for place, (row, cosine) in enumerate(
        zip(found.rows.tolist(), found.cosines.tolist(), strict=True)
    ):
        article = seen.articles.get(row)
        if article is None or row == query.row:
            continue
        telling = seen.tellings[row]
        for earlier, alike in near.get(place, ()):
            head = heads.get(earlier)
            if head is not None and _is_near(alike, seen.tellings[head.row], telling):
                head.folded.append(article.id)
                break
        else:
            heads[place] = Head(row, cosine, article, [])
    return list(heads.values())


def _near_before(vectors: Embeddings) -> dict[int, list[tuple[int, float]]]:
    """Return for each place the places before it that may hold its text, the nearest first.

    Parameters
    ----------
    vectors
        Float32 unit rows, (n, dim).
    """
    near: dict[int, list[tuple[int, float]]] = {}
    for start in range(0, len(vectors), COMPARED_AT_ONCE):
        block = vectors[start : start + COMPARED_AT_ONCE]
        alike = block @ vectors[: start + len(block)].T  # (n_block, n_until_its_end)
        later, earlier = np.nonzero(np.tril(alike >= EDITED_COSINE, start - 1))
        cosines = alike[later, earlier]
        order = np.lexsort((earlier, -cosines, later))
        for place, other, cosine in zip(
            (start + later[order]).tolist(),
            earlier[order].tolist(),
            cosines[order].tolist(),
            strict=True,
        ):
            near.setdefault(place, []).append((other, cosine))
    return near


def _is_near(cosine: float, first: Telling, second: Telling) -> bool:
    """Tell whether one hit says nothing that the other, not farther than an edit, does not."""
    if cosine < NEAR_DUPLICATE_COSINE:
        return is_copy(first, second)
    return not states_otherwise(first, second)
