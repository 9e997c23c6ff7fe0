"""Pairs of rows of a window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.int64]
"""Int64, shape (n_pairs, 2): rows with first < second, each pair once, sorted."""

PAIRS_AT_ONCE = 1 << 14
"""Pairs measured in one step; bounds its memory to two blocks of that many vectors, 50 MB."""


def unique_pairs(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], *, n_articles: int
) -> Pairs:
    """Return each pair once, smaller row first, without pads (-1) and pairs of one row."""
    keep = (second >= 0) & (first != second)
    low = np.minimum(first[keep], second[keep])
    high = np.maximum(first[keep], second[keep])
    return _pairs(low * n_articles + high, n_articles)


def united(one: Pairs, other: Pairs, *, n_articles: int) -> Pairs:
    """Return the pairs that are in either."""
    low, high = np.concatenate([one, other]).T
    return _pairs(low * n_articles + high, n_articles)


def without(pairs: Pairs, known: Pairs, *, n_articles: int) -> Pairs:
    """Return the pairs that are not among `known`."""
    keys = pairs @ np.array([n_articles, 1])
    place = np.searchsorted(known @ np.array([n_articles, 1]), keys)
    followed = np.append(known, [[-1, -1]], axis=0)[place]
    new: Pairs = pairs[(followed != pairs).any(axis=1)]
    return new


def mutually_best(
    pairs: Pairs, scores: npt.NDArray[np.float64], n_groups: int
) -> npt.NDArray[np.int64]:
    """Return the new number of each group after those that are each other's best merge.

    Parameters
    ----------
    pairs, scores
        Pairs of groups that may merge, and how well they go together; (n_pairs,).
    n_groups
        Groups are numbered below this.
    """
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -scores))
    ranks = np.arange(len(pairs))
    best = np.full(n_groups, len(pairs))
    np.minimum.at(best, pairs[order].T.ravel(), np.tile(ranks, 2))
    low, high = pairs[order].T
    mutual = (best[low] == ranks) & (best[high] == ranks)
    target = np.arange(n_groups)
    target[high[mutual]] = low[mutual]
    return np.unique(target, return_inverse=True)[1].astype(np.int64)


def sorted_unique(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return `keys`, each once, ascending; several times as fast as `numpy.unique`."""
    keys = np.sort(keys)
    unique: npt.NDArray[np.int64] = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return unique


def _pairs(keys: npt.NDArray[np.int64], n_articles: int) -> Pairs:
    unique = sorted_unique(keys)
    return np.stack([unique // n_articles, unique % n_articles], axis=1)
