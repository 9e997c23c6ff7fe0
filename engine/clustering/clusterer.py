"""Articles to stories: the method, one call a step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.clustering.candidates import Pairs, candidate_pairs
from engine.clustering.evidence import probability, weigh
from engine.clustering.features import Floats, pair_features
from engine.clustering.folding import fold_copies
from engine.clustering.merges import merge_clusters
from engine.clustering.moves import move_articles
from engine.clustering.pair_model import PairModel, shipped_model
from engine.clustering.window import Window, canonical_order
from engine.domain import Clustering
from engine.protocols import Index, Progress, silent

NO_STORY = -1
"""Label of an article that is in no story with any other."""

Labels = npt.NDArray[np.int64]


def cluster(
    window: Window,
    index: Index,
    *,
    model: PairModel | None = None,
    progress: Progress = silent,
) -> Clustering:
    """Group the articles of `window` that report one event.

    The result does not depend on the order of the articles, and copies of one text change
    nothing for the others.

    Parameters
    ----------
    window
        The articles.
    index
        Searches `window.vectors`; its rows are those of `window`.
    model
        What is known of pairs; None takes the model that comes with the engine.
    progress
        Told when each of the steps is done.

    Returns
    -------
    Clustering
        One label a row, negative for articles without a story, and how surely each belongs.
    """
    model = model or shipped_model()
    progress("candidates", 0, 3)
    order = canonical_order(window)
    place = np.argsort(order)
    stands_for = order[fold_copies(window.take(order))][place]
    pairs = sorted_pairs(place[candidate_pairs(window, index, within=np.unique(stands_for))])
    progress("evidence", 1, 3)
    ordered = window.take(order)
    evidence = weigh(pair_features(ordered, pairs), ordered.published, model)
    progress("partition", 2, 3)
    small = np.array(move_articles(len(window), pairs, evidence.total), dtype=np.int64)
    labels = merge_clusters(small, pairs, evidence.total)
    strengths = _strengths(labels, pairs, evidence.total)
    progress("partition", 3, 3)
    unfolded = place[stands_for]
    return Clustering(without_singletons(labels[unfolded]), strengths[unfolded])


def sorted_pairs(pairs: Pairs) -> Pairs:
    """Return `pairs` with the smaller row first, sorted."""
    pairs = np.sort(pairs, axis=1)
    return pairs[np.lexsort(pairs.T[::-1])]


def without_singletons(labels: Labels) -> Labels:
    """Return `labels` numbered by first row, with `NO_STORY` for clusters of one."""
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    number = np.full(len(first), NO_STORY, dtype=np.int64)
    stories = np.flatnonzero(sizes > 1)
    number[stories[np.argsort(first[stories])]] = np.arange(len(stories))
    return number[inverse]


def _strengths(labels: Labels, pairs: Pairs, log_odds: Floats) -> npt.NDArray[np.float32]:
    """Return the mean probability of each article's scored pairs within its cluster.

    An article without such pairs is held by none but itself: 1 when it is alone.
    """
    inside = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]
    beliefs = probability(log_odds[labels[pairs[:, 0]] == labels[pairs[:, 1]]])
    ends = inside.T.ravel()
    n_pairs = np.bincount(ends, minlength=len(labels))
    total = np.bincount(ends, weights=np.tile(beliefs, 2), minlength=len(labels))
    return np.where(n_pairs > 0, total / np.maximum(n_pairs, 1), 1.0).astype(np.float32)
