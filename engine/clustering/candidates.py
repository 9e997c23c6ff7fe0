"""Which pairs of articles are worth a look."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.clustering.window import Window
from engine.domain import Rows
from engine.protocols import Index

NEIGHBOURS = 24
"""Nearest rows asked for each article; the right one is among 10 for 99 % of meantime."""

QUERIES_AT_ONCE = 4096
"""Articles searched for in one step: a search of 50,000 at once took 3 GB."""

Pairs = npt.NDArray[np.int64]
"""Int64, shape (n_pairs, 2): rows with first < second, each pair once, sorted."""


def candidate_pairs(
    window: Window, index: Index, *, within: Rows | None = None, n_neighbours: int = NEIGHBOURS
) -> Pairs:
    """Return the pairs in which either article is among the nearest of the other.

    Parameters
    ----------
    window
        The articles.
    index
        Finds rows of `window` by cosine.
    within
        Sorted rows to pair; None takes all.
    n_neighbours
        Nearest rows asked for each article.
    """
    n_articles = len(window)
    rows = np.arange(n_articles) if within is None else within
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    only = None if len(rows) == n_articles else rows
    k = min(n_neighbours + 1, len(rows))
    found = np.concatenate(
        [
            index.search(np.ascontiguousarray(window.vectors[block]), k, within=only).rows
            for block in np.split(rows, range(QUERIES_AT_ONCE, len(rows), QUERIES_AT_ONCE))
        ]
    )
    first = np.repeat(rows, found.shape[1])
    return unique_pairs(first, found.ravel(), n_articles=n_articles)


def unique_pairs(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], *, n_articles: int
) -> Pairs:
    """Return each pair once, smaller row first, without pads (-1) and pairs of one row."""
    keep = (second >= 0) & (first != second)
    low = np.minimum(first[keep], second[keep])
    high = np.maximum(first[keep], second[keep])
    keys = np.unique(low * n_articles + high)
    return np.stack([keys // n_articles, keys % n_articles], axis=1)
