"""Copies of one text count once.

Wire copies and republished versions would fill each other's neighbour lists and make an
event look larger than it is. They are folded onto one article before clustering and get its
story afterwards, so adding a copy changes nothing for the others.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engine.domain import Rows, text_hash
from engine.same_event.copies import COPY_DAYS, near_copies
from engine.same_event.window import Window


def fold_copies(window: Window) -> Rows:
    """Return for each row the row that stands for it: itself, or the first of its copies.

    Copies have the same title and lead but for case and spacing, or are edited versions
    (`near_copies`), and are published within `COPY_DAYS` of the one before. Undated copies
    fold onto each other.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,), with ``out[out] == out``.
    """
    exact = _exact_copies(window)
    firsts = np.unique(exact)
    kept = window.take(firsts)
    near = near_copies(kept.titles, kept.bodies, kept.sources, kept.published)
    return firsts[near][np.searchsorted(firsts, exact)]


def _exact_copies(window: Window) -> Rows:
    groups: dict[bytes, list[int]] = {}
    for row in range(len(window)):
        groups.setdefault(_text_key(window, row), []).append(row)
    stands_for = np.arange(len(window), dtype=np.int64)
    times = np.nan_to_num(window.published, nan=np.inf)
    for rows in groups.values():
        ordered = sorted(rows, key=lambda row: (times[row], row))
        for before, row in pairwise(ordered):
            gap = 0.0 if times[row] == times[before] else times[row] - times[before]
            if gap <= COPY_DAYS * 86400:
                stands_for[row] = stands_for[before]
    return stands_for


def _text_key(window: Window, row: int) -> bytes:
    """Return a digest of the start of an article, whatever its case and spacing."""
    return text_hash(" ".join(window.lead(row).casefold().split()))
