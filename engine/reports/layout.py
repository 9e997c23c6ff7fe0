"""Places of articles on a map: near in meaning is near on paper.

The method is UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426, sections 3 and 4): each
article is joined to its neighbours, the more surely the nearer it is as seen from there, and
articles that are joined draw each other in while chance pairs push each other away. It starts from
the two main axes of the vectors, so that the same articles give the same map.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings
from engine.index.exact import ExactIndex

_Ints: TypeAlias = npt.NDArray[np.int64]

Places: TypeAlias = npt.NDArray[np.float64]
"""Float64, shape (n, 2): from left to right and from top to bottom, both in [0, 1]."""

NEIGHBOURS = 10
"""Neighbours that an article is joined to, as many as an article is shown elsewhere; umap-learn
takes 15."""

_CURVE, _POWER = 1.577, 0.895
"""Of the likeness 1 / (1 + _CURVE * d ** (2 * _POWER)) of places at distance d: what umap-learn
fits to its default `min_dist` of 0.1."""

_ROUNDS = 200
"""Steps of the descent: what umap-learn takes for more than 10,000 rows."""

_CHANCE_PAIRS = 5
"""Chance pairs for each pair that is joined, as there."""

_LONGEST_STEP = 4.0
"""Most that one pair moves a place, before the rate; as there."""

_START_WIDTH = 10.0
"""Width of the main axes at the start; as there."""

_LEAST = 1e-12
"""Stands for 0 below a fraction: no two unit rows in float32 are as near."""

_TRIES = 40
"""Halvings in the search for a scale: more than float64 can tell apart here."""


def places(vectors: Embeddings) -> Places:
    """Return where each article lies on the map.

    Parameters
    ----------
    vectors
        Centred unit rows, shape (n, dim).
    """
    if not len(vectors):
        return np.empty((0, 2))
    spots = _main_axes(vectors)
    heads, tails, chances = _joined(vectors)
    draw = np.random.default_rng(0)  # the same articles, the same map
    for step in range(_ROUNDS):
        rate = 1 - step / _ROUNDS
        now = draw.random(len(chances)) < chances
        _attract(spots, heads[now], tails[now], rate)
        apart = np.repeat(heads[now], _CHANCE_PAIRS)
        _repel(spots, apart, draw.integers(len(spots), size=len(apart)), rate)
    low, high = spots.min(axis=0), spots.max(axis=0)
    scaled: Places = (spots - low) / np.maximum(high - low, _LEAST)
    return scaled


def principal(centred: Embeddings) -> Places:
    """Return rows by their two principal components (Pearson 1901), shape (n, 2).

    Of products of whichever side is shorter: for 150 rows in a seventh of the time that all
    components take. Which way a component points is left to chance.

    Parameters
    ----------
    centred
        Rows whose mean is 0, shape (n, dim).
    """
    rows = centred.astype(np.float64)
    found: Places
    if 1 < len(rows) <= rows.shape[1]:
        squares, sides = np.linalg.eigh(rows @ rows.T)  # the least first
        found = sides[:, :-3:-1] * np.sqrt(np.maximum(squares[:-3:-1], 0))
    else:
        _, axes = np.linalg.eigh(rows.T @ rows)
        found = rows @ axes[:, :-3:-1]
    return found


def _main_axes(vectors: Embeddings) -> Places:
    """Return the rows on the two axes along which they vary most, shape (n, 2)."""
    rows = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    spots = principal(rows)
    # An axis has no direction of its own; its largest part decides.
    axes = rows.T @ spots  # (dim, 2), as long as rows vary along them
    spots *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    scaled: Places = spots * (_START_WIDTH / max(np.abs(spots).max(), _LEAST))
    return scaled


def _joined(vectors: Embeddings) -> tuple[_Ints, _Ints, npt.NDArray[np.float64]]:
    """Return pairs of rows, in both directions, and how surely each is joined, in [0, 1]."""
    from scipy.sparse import csr_array  # loaded only where a map is drawn

    near = ExactIndex(vectors).search(vectors, NEIGHBOURS + 1)
    own = np.arange(len(vectors))[:, np.newaxis]
    there = (near.rows >= 0) & (near.rows != own)  # (n, k)
    gaps = np.where(there, 1 - near.cosines.astype(np.float64), np.inf)
    nearest = gaps.min(axis=1, keepdims=True)
    beyond = np.where(there, gaps, 0) - np.where(np.isinf(nearest), 0, nearest)
    seen = np.where(there, _likeness(np.maximum(beyond, 0), there), 0)
    one_way = csr_array((seen[there], (np.nonzero(there)[0], near.rows[there])), (len(own),) * 2)
    both = (one_way + one_way.T - one_way * one_way.T).tocoo()
    return both.row.astype(np.int64), both.col.astype(np.int64), both.data


def _likeness(
    beyond: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return exp(-beyond / scale), the scale of each row such that they sum up to log2(k)."""
    low, high = np.zeros((len(beyond), 1)), np.full((len(beyond), 1), 2.0)
    for _ in range(_TRIES):
        scale = (low + high) / 2
        total = np.where(there, np.exp(-beyond / scale), 0).sum(axis=1, keepdims=True)
        crowded = total > np.log2(NEIGHBOURS)
        low, high = np.where(crowded, low, scale), np.where(crowded, scale, high)
    found: npt.NDArray[np.float64] = np.exp(-beyond / high)
    return found


def _attract(spots: Places, heads: _Ints, tails: _Ints, rate: float) -> None:
    apart = spots[heads] - spots[tails]  # (n_pairs, 2)
    square = np.maximum((apart**2).sum(axis=1, keepdims=True), _LEAST)
    pull = -2 * _CURVE * _POWER * square ** (_POWER - 1) / (1 + _CURVE * square**_POWER)
    _move(spots, heads, pull * apart, rate)


def _repel(spots: Places, heads: _Ints, tails: _Ints, rate: float) -> None:
    apart = spots[heads] - spots[tails]
    square = (apart**2).sum(axis=1, keepdims=True)
    push = 2 * _POWER / ((0.001 + square) * (1 + _CURVE * square**_POWER))
    _move(spots, heads, push * apart, rate)


def _move(spots: Places, heads: _Ints, steps: npt.NDArray[np.float64], rate: float) -> None:
    bounded = rate * np.clip(steps, -_LONGEST_STEP, _LONGEST_STEP)
    for axis in range(2):
        spots[:, axis] += np.bincount(heads, bounded[:, axis], minlength=len(spots))
