"""Which pairs of articles are worth a look."""

from __future__ import annotations

import numpy as np

from engine.clustering.pairs import Pairs, unique_pairs
from engine.clustering.window import Window
from engine.clustering.window_terms import WindowTerms
from engine.domain import Rows
from engine.protocols import Index

NEIGHBOURS = 24
"""Nearest rows asked for each article; the right one is among 10 for 99 % of meantime."""

CROWDED_NEIGHBOURS = 48
"""Nearest rows asked for an article in a crowd, where 24 are a small part of its event."""

QUERIES_AT_ONCE = 4096
"""Articles searched for in one step: a search of 50,000 at once took 3 GB."""


def candidate_pairs(
    window: Window, index: Index, terms: WindowTerms, *, within: Rows | None = None
) -> Pairs:
    """Return the pairs in which either article is near the other, or that share rare terms.

    Parameters
    ----------
    window
        The articles.
    index
        Finds rows of `window` by cosine.
    terms
        Of the window.
    within
        Sorted rows to pair; None takes all.
    """
    rows = np.arange(len(window)) if within is None else within
    near = near_pairs(window, index, rows, within=rows, n_neighbours=NEIGHBOURS)
    return united(near, terms.rare_pairs(rows), n_articles=len(window))


def near_pairs(
    window: Window, index: Index, rows: Rows, *, within: Rows, n_neighbours: int
) -> Pairs:
    """Pair each of `rows` with its `n_neighbours` nearest among `within`, sorted rows."""
    if len(within) < 2 or not len(rows):
        return np.empty((0, 2), dtype=np.int64)
    only = None if len(within) == len(window) else within
    k = min(n_neighbours + 1, len(within))
    found = np.concatenate(
        [
            index.search(np.ascontiguousarray(window.vectors[block]), k, within=only).rows
            for block in np.split(rows, range(QUERIES_AT_ONCE, len(rows), QUERIES_AT_ONCE))
        ]
    )
    return unique_pairs(np.repeat(rows, found.shape[1]), found.ravel(), n_articles=len(window))


def united(one: Pairs, other: Pairs, *, n_articles: int) -> Pairs:
    """Return the pairs that are in either."""
    return unique_pairs(*np.concatenate([one, other]).T, n_articles=n_articles)
