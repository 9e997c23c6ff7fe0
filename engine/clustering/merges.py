"""Small clusters to events: the best two merge while the evidence between them holds.

The evidence between two clusters is the mean log-odds over their pairs. Scored pairs count
in full; the others are only known not to be near neighbours, so each counts as
`UNSCORED_LOG_ODDS`, and the less the larger the clusters are. Counting them in full would cut
large events apart, where most pairs are never scored; leaving them out would chain stories
by single edges.

Clusters that are each other's best merge at once, in rounds over whole arrays (Sumengen et
al. 2021, "Scaling Hierarchical Agglomerative Clustering to Billion-sized Datasets").
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.clustering.pairs import Pairs

LEAST_LOG_ODDS = -1.0
"""Clusters merge down to this mean. It is below 0 since a mean over pairs is surer than a
pair, and the pairs of two clusters are those that were not near enough to join them before."""

UNSCORED_LOG_ODDS = -4.0
"""What a pair that is not among either's nearest counts as."""

SCORED_SIZE = 12
"""Articles of two clusters up to which an unscored pair counts as much as a scored one: half
of the neighbours asked for, so that a pair within would have been scored if it were near.
Beyond, it counts by the square of `SCORED_SIZE` over the articles."""

STRONGEST = 6.0
"""Most that one pair counts, for or against."""

Labels = npt.NDArray[np.int64]


def merge_clusters(labels: Labels, pairs: Pairs, log_odds: npt.NDArray[np.float64]) -> Labels:
    """Merge clusters until no two have evidence enough.

    Parameters
    ----------
    labels
        Int64, shape (n,): small clusters.
    pairs, log_odds
        The scored pairs of rows and their evidence.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,): clusters numbered from 0.
    """
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(labels)
    ends = labels[pairs]
    evidence = np.stack([np.ones(len(pairs)), np.clip(log_odds, -STRONGEST, STRONGEST)], axis=1)
    while True:
        ends, evidence = _summed(ends, evidence, len(sizes))
        scores = _scores(ends, evidence, sizes)
        enough = scores >= LEAST_LOG_ODDS
        if not enough.any():
            return labels
        target = merge_targets(ends[enough], scores[enough], len(sizes))
        labels, ends = target[labels], target[ends]
        sizes = np.bincount(target, weights=sizes).astype(np.int64)


def merge_targets(pairs: Pairs, scores: npt.NDArray[np.float64], n_clusters: int) -> Labels:
    """Return the new number of each cluster after the mutually best pairs merge."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -scores))
    ranks = np.arange(len(pairs))
    best = np.full(n_clusters, len(pairs))
    np.minimum.at(best, pairs[order].T.ravel(), np.tile(ranks, 2))
    low, high = pairs[order].T
    mutual = (best[low] == ranks) & (best[high] == ranks)
    target = np.arange(n_clusters)
    target[high[mutual]] = low[mutual]
    return np.unique(target, return_inverse=True)[1].astype(np.int64)


def _summed(
    ends: Pairs, evidence: npt.NDArray[np.float64], n_clusters: int
) -> tuple[Pairs, npt.NDArray[np.float64]]:
    """Return each pair of different clusters once, with the sum of its evidence."""
    apart = ends[:, 0] != ends[:, 1]
    low, high = np.sort(ends[apart], axis=1).T
    keys, inverse = np.unique(low * n_clusters + high, return_inverse=True)
    sums = [np.bincount(inverse, weights=part, minlength=len(keys)) for part in evidence[apart].T]
    return np.stack([keys // n_clusters, keys % n_clusters], axis=1), np.stack(sums, axis=1)


def _scores(
    ends: Pairs, evidence: npt.NDArray[np.float64], sizes: Labels
) -> npt.NDArray[np.float64]:
    """Return the mean log-odds of each pair of clusters."""
    n_scored, total = evidence.T
    left, right = sizes[ends].T
    weight = np.minimum(1, SCORED_SIZE / (left + right)) ** 2
    unscored = weight * (left * right - n_scored)
    scores: npt.NDArray[np.float64] = (total + UNSCORED_LOG_ODDS * unscored) / (n_scored + unscored)
    return scores
