"""Pairs of rows of a window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.int64]
"""Int64, shape (n_pairs, 2): rows with first < second, each pair once, sorted."""

PAIRS_AT_ONCE = 1 << 16
"""Pairs measured in one step; bounds the memory to two blocks of that many vectors."""


def unique_pairs(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], *, n_articles: int
) -> Pairs:
    """Return each pair once, smaller row first, without pads (-1) and pairs of one row."""
    keep = (second >= 0) & (first != second)
    low = np.minimum(first[keep], second[keep])
    high = np.maximum(first[keep], second[keep])
    keys = np.unique(low * n_articles + high)
    return np.stack([keys // n_articles, keys % n_articles], axis=1)
