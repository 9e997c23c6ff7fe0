"""What queries found, read once, with near-duplicates folded under the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Embeddings, Rows
from engine.jobs.query import Query
from engine.jobs.ranking import Ranking
from engine.jobs.session import Reader
from engine.same_event.copies import NEAR_DUPLICATE_COSINE, Telling, is_copy, states_otherwise
from engine.same_event.pairs import sorted_unique

EDITED_COSINE = 0.8
"""Centred cosine from which the words of two hits are compared; copies lie far above."""


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
    vectors = seen.vectors[np.searchsorted(seen.rows, found.rows)]
    of_heads = np.empty_like(vectors)
    heads: list[Head] = []
    for row, cosine, vector in zip(
        found.rows.tolist(), found.cosines.tolist(), vectors, strict=True
    ):
        article = seen.articles.get(row)
        if article is None or row == query.row:
            continue
        telling = seen.tellings[row]
        alike = of_heads[: len(heads)] @ vector if fold else np.empty(0, np.float32)
        for place in _near_first(alike):
            if _is_near(float(alike[place]), seen.tellings[heads[place].row], telling):
                heads[place].folded.append(article.id)
                break
        else:
            of_heads[len(heads)] = vector
            heads.append(Head(row, cosine, article, []))
    return heads


def _near_first(cosines: npt.NDArray[np.float32]) -> list[int]:
    """Return the places that are not farther than an edit, the nearest first; mostly none."""
    if not len(cosines) or cosines.max() < EDITED_COSINE:
        return []
    close = np.flatnonzero(cosines >= EDITED_COSINE)
    found: list[int] = close[np.argsort(-cosines[close], kind="stable")].tolist()
    return found


def _is_near(cosine: float, first: Telling, second: Telling) -> bool:
    """Tell whether one hit says nothing that the other, not farther than an edit, does not."""
    if cosine < NEAR_DUPLICATE_COSINE:
        return is_copy(first, second)
    return not states_otherwise(first, second)
