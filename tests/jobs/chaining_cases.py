"""A clustering that chains, as that of the first design did on crowded windows."""

import numpy as np

from engine.domain import Clustering
from engine.same_event.pairs import mutually_best
from engine.stories.moves import move_articles
from engine.stories.partition import without_singletons

SCORED_SIZE, LEAST_LOG_ODDS, STRONGEST = 12, -1.0, 6.0


def chained(judged, unscored=-4.0):
    """Merge small clusters while a mean holds in which pairs that are not near count for little.

    Such a pair counts as `unscored`, and the less the larger two clusters are; so large ones
    chain by few links.
    """
    pairs, log_odds = judged.pairs, np.clip(judged.evidence.total, -STRONGEST, STRONGEST)
    labels = move_articles(len(judged.order), pairs, log_odds, judged.model)
    while True:
        sizes = np.bincount(labels)
        ends, place = np.unique(np.sort(labels[pairs], axis=1), axis=0, return_inverse=True)
        place = place.ravel()
        n_scored, total = np.bincount(place), np.bincount(place, weights=log_odds)
        left, right = sizes[ends].T
        n_unscored = np.minimum(1, SCORED_SIZE / (left + right)) ** 2 * (left * right - n_scored)
        means = (total + unscored * n_unscored) / (n_scored + n_unscored)
        enough = (ends[:, 0] != ends[:, 1]) & (means >= LEAST_LOG_ODDS)
        if not enough.any():
            labels = without_singletons(labels[judged.stands_for])
            return Clustering(labels, np.ones(len(labels), np.float32))
        labels = mutually_best(ends[enough], means[enough], len(sizes))[labels]
