"""Which articles are clustered tonight, and which of them may change story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.indexing import UNDATED, GenerationContent
from engine.store import Corpus, Run

REOPEN = timedelta(days=30)
"""A story can go on after a silence of at most this long."""

ANCHORS = 10
"""Nearest older articles of a new one that are clustered with it, so that it finds its
story even when that has left the window; right neighbours are nearly always among ten."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The articles that are clustered together.

    Attributes
    ----------
    rows
        Int64, (n,), ascending: rows of the content.
    recent
        Bool, (n,): in the window or new; the others are anchors.
    new
        Bool, (n,): added or edited since the run before.
    """

    rows: Rows
    recent: npt.NDArray[np.bool_]
    new: npt.NDArray[np.bool_]


def choose(
    corpus: Corpus, content: GenerationContent, window: timedelta | None, before: Run | None
) -> Chosen:
    """Choose what is clustered: the window, what came late, and what that may belong to.

    Parameters
    ----------
    corpus, content
        The articles and their vectors.
    window
        Span before the latest article; None takes all articles.
    before
        The run that is gone on from; None: there is none, so nothing counts as late.
    """
    times, believable = _times(corpus, content)
    recent = np.ones(len(times), np.bool_)
    if window is not None and believable.any():
        recent = times >= times[believable].max() - int(window.total_seconds())
    new = recent
    chosen = recent
    if before is not None:
        new = content.keys > before.last_article
        new |= np.isin(content.keys, corpus.history.edited_since(before.last_revision))
        recent = recent | new
        chosen = recent.copy()
        if not recent.all():
            chosen[_anchors(content, times, np.flatnonzero(new).astype(np.int64))] = True
    rows = np.flatnonzero(chosen).astype(np.int64)
    return Chosen(rows, recent[rows], new[rows])


def _times(
    corpus: Corpus, content: GenerationContent
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return when each article came up, and whether that can be the latest moment.

    An undated article counts from when it was read. Nothing is published after it was
    read; a time that says so does not move the window, whatever the clock says now.
    """
    keys, published, fetched = corpus.articles.times()
    rows = np.searchsorted(keys, content.keys)
    rows = np.minimum(rows, len(keys) - 1)
    known = keys[rows] == content.keys
    undated = published[rows] == UNDATED
    times = np.where(undated, fetched[rows], published[rows])
    believable = known & ~undated & (published[rows] <= fetched[rows])
    return times, believable if believable.any() else known


def _anchors(content: GenerationContent, times: npt.NDArray[np.int64], new: Rows) -> Rows:
    """Return the rows near those of `new` in meaning and in time, repeated ones too."""
    if not len(new):
        return new
    vectors = np.ascontiguousarray(content.index.vectors[new])
    found = content.index.search(vectors, min(ANCHORS + 1, len(content.keys))).rows
    gaps = np.abs(times[found] - times[new][:, None])
    near: Rows = found[(found >= 0) & (gaps <= REOPEN.total_seconds())]
    return near
