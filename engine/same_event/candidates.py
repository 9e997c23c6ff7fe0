"""Which pairs of articles are worth a look."""

from __future__ import annotations

import numpy as np

from engine.domain import Neighbours, Rows
from engine.protocols import Index
from engine.same_event.pairs import Pairs, unique_pairs, united
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

NEIGHBOURS = 24
"""Nearest rows asked for each article; the right one is among 10 for 99 % of meantime."""

CROWDED_NEIGHBOURS = 40
"""Nearest rows asked for an article in a crowd, where 24 are a small part of its event."""

QUERIES_AT_ONCE = 4096
"""Articles searched for in one step: a search of 50,000 at once took 3 GB."""


def nearest_neighbours(window: Window, index: Index) -> Neighbours:
    """Return the nearest rows of each article, mostly itself before others.

    As many as `CROWDED_NEIGHBOURS` + 1 at most.
    """
    n_articles = len(window)
    k = min(CROWDED_NEIGHBOURS + 1, n_articles)
    blocks = range(0, n_articles, QUERIES_AT_ONCE)
    found = [index.search(window.vectors[at : at + QUERIES_AT_ONCE], k) for at in blocks]
    rows, cosines = [np.empty((0, k), np.int64)], [np.empty((0, k), np.float32)]
    return Neighbours(
        Rows(np.concatenate([*rows, *(block.rows for block in found)])),
        np.concatenate([*cosines, *(block.cosines for block in found)]),
    )


def candidate_pairs(nearest: Rows, terms: WindowTerms) -> Pairs:
    """Return the pairs in which either article is near the other, or that share rare terms.

    Parameters
    ----------
    nearest
        Rows that `nearest_neighbours` found.
    terms
        Of the same window.
    """
    every = Rows(np.arange(len(nearest)))
    near = near_pairs(Rows(nearest[:, : NEIGHBOURS + 1]), every)
    return united(near, terms.rare_pairs(), n_articles=len(nearest))


def near_pairs(nearest: Rows, rows: Rows) -> Pairs:
    """Pair each of `rows` with the rows in its line of `nearest`."""
    others = nearest[rows]
    first = np.repeat(rows, others.shape[1])
    return unique_pairs(first, others.ravel(), n_articles=len(nearest))
