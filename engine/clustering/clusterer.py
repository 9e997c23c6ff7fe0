"""Articles to stories: the method, one call a step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.clustering.candidates import candidate_pairs
from engine.clustering.partition import partition, singletons
from engine.clustering.window import Window, canonical_order
from engine.domain import Clustering
from engine.protocols import Index, Progress, silent

THRESHOLD = 0.36
"""Least mean centred cosine of two clusters that merge. Best cuts of the development sets
lie from 0.26 to 0.58 with these weights; this one loses least on the worst of them."""

DECAY_DAYS = 30.0
"""Days after which a cosine counts 1/e."""

NO_STORY = -1
"""Label of an article that is in no story with any other."""


def cluster(
    window: Window,
    index: Index,
    *,
    threshold: float = THRESHOLD,
    decay_days: float = DECAY_DAYS,
    progress: Progress = silent,
) -> Clustering:
    """Group the articles of `window` that report one event.

    The result does not depend on the order of the articles.

    Parameters
    ----------
    window
        The articles.
    index
        Searches `window.vectors`; its rows are those of `window`.
    threshold
        Least mean cosine of clusters that merge.
    decay_days
        Days after which a cosine counts 1/e.
    progress
        Told when each of the steps is done.

    Returns
    -------
    Clustering
        One label a row; negative for articles without a story.
    """
    progress("candidates", 0, 2)
    pairs = candidate_pairs(window, index)
    progress("partition", 1, 2)
    order = canonical_order(window)
    place = np.argsort(order)
    pairs = np.sort(place[pairs], axis=1)
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    parts = singletons(window.vectors[order], window.published[order])
    labels = partition(parts, pairs, threshold=threshold, decay_days=decay_days)[place]
    labels = without_singletons(labels)
    progress("partition", 2, 2)
    return Clustering(labels=labels, strengths=_strengths(window, labels))


def without_singletons(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return `labels` numbered by first row, with `NO_STORY` for clusters of one."""
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    number = np.full(len(first), NO_STORY, dtype=np.int64)
    stories = np.flatnonzero(sizes > 1)
    number[stories[np.argsort(first[stories])]] = np.arange(len(stories))
    return number[inverse]


def _strengths(window: Window, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return the mean cosine of each article to its story's others, 1 for one without."""
    n_stories = int(labels.max(initial=NO_STORY)) + 1
    inside = labels >= 0
    totals = np.zeros((n_stories, window.vectors.shape[1]), dtype=np.float32)
    np.add.at(totals, labels[inside], window.vectors[inside])
    sizes = np.bincount(labels[inside], minlength=n_stories)
    strengths = np.ones(len(labels), dtype=np.float32)
    products = np.einsum("ij,ij->i", window.vectors[inside], totals[labels[inside]])
    strengths[inside] = np.clip((products - 1) / (sizes[labels[inside]] - 1), 0, 1)
    return strengths
