"""Average linkage on a sparse graph, in rounds over whole arrays.

The score of two clusters is the mean over all their pairs, also those that are no edge of
the graph, so one bad edge cannot chain two stories. The mean cosine of all pairs is the dot
product of the clusters' mean vectors, so it costs one product, not one for each pair.

Average linkage is reducible: merging clusters that are each other's best leaves the best of
the others as they were, so all such pairs merge at once and the result is that of merging
one by one (Bruynooghe 1978; in rounds: Sumengen et al. 2021, "Scaling Hierarchical
Agglomerative Clustering to Billion-sized Datasets"). A merged score is a mean of two, so it
never exceeds both: an edge that is below the threshold can be dropped for good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.clustering.candidates import Pairs, unique_pairs
from engine.domain import Embeddings

SCORES_AT_ONCE = 65536
"""Pairs scored in one step; bounds the memory to two blocks of that many vectors."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Sums over the members of clusters, from which any mean over pairs follows.

    Attributes
    ----------
    sizes
        Float64, shape (n,): members.
    vectors
        Float32, shape (n, dim): sum of the members' vectors.
    n_dated
        Float64, shape (n,): members with a time.
    days
        Float64, shape (n,): sum of the times of dated members, in days.
    """

    sizes: npt.NDArray[np.float64]
    vectors: npt.NDArray[np.float32]
    n_dated: npt.NDArray[np.float64]
    days: npt.NDArray[np.float64]


def singletons(vectors: Embeddings, published: npt.NDArray[np.float64]) -> Clusters:
    """Return clusters of one article each."""
    dated = ~np.isnan(published)
    days = np.where(dated, published, 0.0) / 86400
    return Clusters(np.ones(len(vectors)), vectors, dated.astype(np.float64), days)


def mean_scores(clusters: Clusters, pairs: Pairs, *, decay_days: float) -> npt.NDArray[np.float64]:
    """Return the mean cosine of each pair of clusters, less for those far apart in time.

    Parameters
    ----------
    clusters
        What is compared.
    pairs
        Which are compared, shape (n_pairs, 2).
    decay_days
        Days after which a cosine counts 1/e; pairs without dates are not decayed.
    """
    cosines = np.empty(len(pairs))
    for start in range(0, len(pairs), SCORES_AT_ONCE):
        left, right = pairs[start : start + SCORES_AT_ONCE].T
        cosines[start : start + SCORES_AT_ONCE] = np.einsum(
            "ij,ij->i", clusters.vectors[left], clusters.vectors[right]
        )
    left, right = pairs.T
    cosines /= clusters.sizes[left] * clusters.sizes[right]
    with np.errstate(invalid="ignore"):
        middle = clusters.days / clusters.n_dated
    gaps = np.nan_to_num(np.abs(middle[left] - middle[right]), nan=0.0)
    decayed: npt.NDArray[np.float64] = cosines * np.exp(-gaps / decay_days)
    return decayed


def partition(
    clusters: Clusters, pairs: Pairs, *, threshold: float, decay_days: float
) -> npt.NDArray[np.int64]:
    """Merge clusters that are each other's best until no score reaches the threshold.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,): the cluster of each row, numbered from 0.
    """
    labels = np.arange(len(clusters.sizes))
    scores = mean_scores(clusters, pairs, decay_days=decay_days)
    while len(pairs := pairs[kept := scores >= threshold]):
        target = _merge_targets(pairs, scores[kept], len(clusters.sizes))
        labels = target[labels]
        clusters = _merged(clusters, target)
        first, second = target[pairs.T]
        pairs = unique_pairs(first, second, n_articles=len(clusters.sizes))
        scores = mean_scores(clusters, pairs, decay_days=decay_days)
    return labels


def _merge_targets(
    pairs: Pairs, scores: npt.NDArray[np.float64], n_clusters: int
) -> npt.NDArray[np.int64]:
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


def _merged(clusters: Clusters, target: npt.NDArray[np.int64]) -> Clusters:
    """Return the sums over the new clusters."""
    order = np.argsort(target, kind="stable")
    starts = np.flatnonzero(np.diff(target[order], prepend=-1))
    return Clusters(
        *(
            np.add.reduceat(part[order], starts, axis=0)
            for part in (clusters.sizes, clusters.vectors, clusters.n_dated, clusters.days)
        )
    )
