"""The articles, vectors and neighbours of one generation, a block in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.domain import Article, Embeddings, Neighbours, Rows
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.querying.query import stored_queries
from engine.jobs.storing.clean import stored_articles
from engine.store import ArticleFilter

BLOCK_ROWS = 1024
"""Rows of a block: 1.5 MiB of vectors at 384 dimensions."""


class VectorBlock(NamedTuple):
    """Some articles and their vectors.

    Attributes
    ----------
    ids
        Of the articles, n of them.
    vectors
        Float32, C order, shape (n, dim): centred unit rows, as they are searched; kept in
        half precision, so their lengths are within 0.001 of 1.
    """

    ids: list[str]
    vectors: Embeddings


class Neighbour(NamedTuple):
    """An article near another.

    Attributes
    ----------
    id
        Of the article.
    cosine
        Of the two centred vectors, in [-1, 1].
    """

    id: str
    cosine: float


def iter_articles(reader: Reader, which: ArticleFilter | None = None) -> Iterator[Article]:
    """Yield the articles of the generation, in the order of its rows.

    They say what the store says now; one that was forgotten since is left out.

    Parameters
    ----------
    reader
        Of the base; what it holds when this is called is what is read.
    which
        Yield only these.

    Raises
    ------
    NotFoundError
        Nothing is published.
    """
    return stored_articles(reader.corpus, reader.generation.keys[_rows(reader, which)].tolist())


def iter_vectors(reader: Reader, which: ArticleFilter | None = None) -> Iterator[VectorBlock]:
    """Yield the vectors of the generation with the ids of their articles, in blocks.

    Parameters, order, what is left out and raised are as for `iter_articles`.
    """
    return _vectors(reader, _rows(reader, which))


def neighbours(reader: Reader, id_: str, k: int = 10) -> list[Neighbour]:
    """Return the `k` articles nearest to a stored one, the nearest first.

    They are as near as their vectors are; `engine.jobs.querying.search.find_similar` also judges
    whether they report one event, and folds copies.

    Raises
    ------
    InputError
        `k` is not positive.
    NotFoundError
        There is no such article, or it is not indexed yet.
    """
    (query,) = stored_queries(reader, [id_])
    found = reader.generation.index.search(query.vector, _expect_some(reader, k) + 1)
    return _named(reader, found, Rows(np.array([query.row])), k)[0]


def iter_neighbours(
    reader: Reader, k: int = 10, which: ArticleFilter | None = None
) -> Iterator[tuple[str, list[Neighbour]]]:
    """Yield every article of the generation by its id, with its neighbours; both of `which`.

    Parameters, order, what is left out and raised are as for `iter_articles` and `neighbours`.
    """
    return _neighbours(reader, _rows(reader, which), reader.rows(which), _expect_some(reader, k))


def _rows(reader: Reader, which: ArticleFilter | None) -> Rows:
    """Return the rows that pass, ascending."""
    found = reader.rows(which)
    return Rows(np.arange(len(reader.generation))) if found is None else found


def _blocks(rows: Rows) -> Iterator[Rows]:
    return (Rows(rows[start : start + BLOCK_ROWS]) for start in range(0, len(rows), BLOCK_ROWS))


def _vectors(reader: Reader, rows: Rows) -> Iterator[VectorBlock]:
    for block in _blocks(rows):
        ids = _ids(reader, block)
        there = Rows(block[np.isin(block, list(ids))])
        yield VectorBlock(list(ids.values()), reader.generation.vectors(there))


def _neighbours(
    reader: Reader, asked: Rows, within: Rows | None, k: int
) -> Iterator[tuple[str, list[Neighbour]]]:
    generation = reader.generation
    for block in _blocks(asked):
        ids = _ids(reader, block)
        found = generation.index.search(generation.vectors(block), k + 1, within=within)
        named = _named(reader, found, block, k)
        yield from (
            (ids[row], near) for row, near in zip(block.tolist(), named, strict=True) if row in ids
        )


def _named(reader: Reader, found: Neighbours, asked: Rows, k: int) -> list[list[Neighbour]]:
    """Return what was found for each of `asked` by ids, without itself."""
    ids = _ids(reader, Rows(np.unique(found.rows[found.rows >= 0])))
    return [
        [
            Neighbour(ids[row], cosine)
            for row, cosine in zip(rows, cosines, strict=True)
            if row in ids and row != own
        ][:k]
        for own, rows, cosines in zip(
            asked.tolist(), found.rows.tolist(), found.cosines.tolist(), strict=True
        )
    ]


def _ids(reader: Reader, rows: Rows) -> dict[int, str]:
    """Return the ids of the articles of `rows` that are still there, in that order."""
    keys = reader.generation.keys[rows].tolist()
    ids = reader.corpus.articles.ids_of(keys)
    return {row: ids[key] for row, key in zip(rows.tolist(), keys, strict=True) if key in ids}


def _expect_some(reader: Reader, k: int) -> int:
    """Return how many neighbours there can be of the `k` that are asked for."""
    if k < 1:
        raise InputError(f"expected at least one neighbour to be asked for, got k = {k}")
    return min(k, len(reader.generation))
