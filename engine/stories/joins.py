"""Small clusters to events: two join where all their pairs, not only the near ones, allow it.

A large event falls into several small clusters, as only the nearest pairs of it are scored.
Which of them belong together is asked of pairs that are taken evenly from all pairs between
two clusters and weighed like any other. What those say also parts a cluster again that is only
a chain, in which neighbours are alike and the ends are not.

Clusters that are each other's best join at once, in rounds over whole arrays (Sumengen et al.
2021, "Scaling Hierarchical Agglomerative Clustering to Billion-sized Datasets").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Labels, Rows
from engine.same_event.candidates import NEIGHBOURS
from engine.same_event.features import Floats
from engine.same_event.pair_model import PairModel
from engine.same_event.pairs import Pairs, mutually_best, sorted_unique
from engine.stories.moves import move_articles

Measure = Callable[[Pairs], Floats]
"""Returns the log-odds of any pairs of rows."""

LEAST_LINKS = 2
"""Likely pairs between two clusters that join at least: a single one may be chance."""

N_BETWEEN, N_WITHIN = 48, 500
"""Pairs weighed between two clusters, one step of many, and within one; of fewer, all are. With
500 the means of stories of two sets are off by 0.2 at most, with 48 by up to 0.6."""

MOST_PARTED = 1000
"""Articles of a cluster of which all pairs are weighed to part it; larger ones stay."""

MEASURED_AT_ONCE = 1 << 18
"""Pairs weighed in one step: all of a large window at once take a GB."""

GOLDEN = (5**0.5 - 1) / 2
"""Step of the sequence that spreads most evenly over a range (Kronecker's, with this number)."""


def join_clusters(
    labels: Labels, pairs: Pairs, log_odds: Floats, measure: Measure, model: PairModel
) -> Labels:
    """Join clusters until no two have evidence enough.

    Parameters
    ----------
    labels
        Int64, shape (n,): small clusters, numbered from 0.
    pairs, log_odds
        The scored pairs of rows and their evidence.
    measure
        Weighs other pairs of rows as these were.
    model
        What holds an article, its lenience, holds a cluster; its `held_share` says how much
        of the smaller cluster, or of `NEIGHBOURS` articles where it has more, needs a likely pair
        in the other.
    """
    likely = pairs[log_odds > 0]
    weighed = _Weighed.nothing(len(labels))
    while True:
        members = _Members(labels)
        likely = likely[labels[likely[:, 0]] != labels[likely[:, 1]]]  # what is joined stays so
        linked = _linked(labels, likely, members.sizes, model.held_share)
        means = weighed.means(members, linked, measure)
        enough = means >= -model.lenience
        if not enough.any():
            return labels
        numbers = mutually_best(linked[enough], means[enough], len(members.sizes))
        weighed = _Weighed(linked, means, numbers)
        labels = numbers[labels]


def part_chains(labels: Labels, measure: Measure, model: PairModel) -> Labels:
    """Part the clusters whose pairs speak against them on average.

    Parameters
    ----------
    labels, measure, model
        As for `join_clusters`.
    """
    members = _Members(labels)
    several = np.flatnonzero((members.sizes > 2) & (members.sizes <= MOST_PARTED))
    means = _means(members, np.stack([several, several], axis=1), measure, N_WITHIN)
    parted = labels.copy()
    for number in several[means < -model.lenience].tolist():
        rows = members.of(number)
        pairs = np.stack(np.triu_indices(len(rows), 1), axis=1)
        parts = move_articles(len(rows), pairs, measure(rows[pairs]), model, signed=True)
        parted[rows] = parted.max() + 1 + parts
    return np.unique(parted, return_inverse=True)[1].astype(np.int64)


def mean_within(labels: Labels, clusters: Labels, measure: Measure) -> Floats:
    """Return the mean log-odds of pairs taken evenly from all pairs within clusters.

    Parameters
    ----------
    labels
        Int64, shape (n,): clusters, numbered from 0.
    clusters
        Int64, shape (n_clusters,): those that are asked, each of two articles at least.
    measure
        Weighs pairs of rows.

    Returns
    -------
    numpy.ndarray
        Float64, shape (n_clusters,).
    """
    ends = np.stack([clusters, clusters], axis=1)
    return _means(_Members(labels), ends, measure, N_WITHIN)


class _Members:
    """The rows of each cluster: `order` from `starts` on, as many as `sizes` says."""

    def __init__(self, labels: Labels) -> None:
        self.order = Rows(np.argsort(labels, kind="stable"))
        self.sizes = np.bincount(labels)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def of(self, number: int) -> Rows:
        start = self.starts[number]
        return Rows(self.order[start : start + self.sizes[number]])


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Pairs of clusters of the round before, what they weigh, and the clusters' new numbers.

    Where neither of two clusters was joined with any, what is between them is as it was.
    """

    linked: Pairs
    found: Floats
    numbers: Labels

    @classmethod
    def nothing(cls, n_clusters: int) -> _Weighed:
        return cls(np.empty((0, 2), np.int64), np.empty(0), np.arange(n_clusters))

    def means(self, members: _Members, linked: Pairs, measure: Measure) -> Floats:
        """Return what `linked`, which are sorted, weigh, and measure only what is new."""
        as_key = np.array([len(members.sizes), 1])
        alone = np.bincount(self.numbers) == 1
        # Numbers of clusters that stay are in the order that they were in.
        kept = alone[self.numbers[self.linked]].all(axis=1)
        known, keys = self.numbers[self.linked[kept]] @ as_key, linked @ as_key
        place = np.searchsorted(known, keys)
        same = np.append(known, -1)[place] == keys
        means = np.empty(len(linked))
        means[same] = self.found[kept][place[same]]
        means[~same] = _means(members, linked[~same], measure, N_BETWEEN)
        return means


def _linked(
    labels: Labels, likely: Pairs, sizes: npt.NDArray[np.int64], held_share: float
) -> Pairs:
    """Return the pairs of clusters with links enough that hold most of the smaller one.

    Of a large one, most of as many as an article has neighbours is enough: in an event of a
    thousand, those of most articles are all in their own part of it. Of `likely`, the rows of
    each pair are in two clusters.
    """
    n_clusters = len(sizes)
    ends = labels[likely]
    low, high = np.sort(ends, axis=1).T
    keys, n_links = np.unique(low * n_clusters + high, return_counts=True)
    # Each article once with each cluster that it has a link to.
    links = sorted_unique((likely * n_clusters + ends[:, ::-1]).ravel())
    between, n_held = np.unique(
        labels[links // n_clusters] * n_clusters + links % n_clusters, return_counts=True
    )
    first, second = keys // n_clusters, keys % n_clusters
    smaller = np.where(sizes[first] <= sizes[second], first, second)
    larger = first + second - smaller
    held = n_held[np.searchsorted(between, smaller * n_clusters + larger)]
    enough = held >= held_share * np.minimum(sizes[smaller], NEIGHBOURS)
    chosen = (n_links >= LEAST_LINKS) & enough
    linked: Pairs = np.stack([first, second], axis=1)[chosen]
    return linked


def _means(members: _Members, ends: Pairs, measure: Measure, n_sampled: int) -> Floats:
    """Return the mean log-odds of pairs between two clusters each, or within one."""
    at_once = MEASURED_AT_ONCE // n_sampled
    blocks = [ends[start : start + at_once] for start in range(0, len(ends), at_once)]
    means = [_block_means(members, block, measure, n_sampled) for block in blocks]
    return np.concatenate([np.zeros(0), *means])


def _block_means(members: _Members, ends: Pairs, measure: Measure, n_sampled: int) -> Floats:
    left, right = members.sizes[ends].T
    n_pairs = np.minimum(left * right, n_sampled)
    owner = np.repeat(np.arange(len(ends)), n_pairs)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(n_pairs) - n_pairs, n_pairs)
    every = (left * right <= n_sampled)[owner]
    left, right = left[owner], right[owner]
    along = (place + 0.5) * left / n_sampled
    across = (place + 0.5) * GOLDEN % 1 * right
    one = members.starts[ends[owner, 0]] + np.where(every, place // right, along.astype(np.int64))
    other = members.starts[ends[owner, 1]] + np.where(every, place % right, across.astype(np.int64))
    pairs = members.order[np.stack([one, other], axis=1)]
    apart = pairs[:, 0] != pairs[:, 1]
    totals = np.bincount(owner[apart], weights=measure(pairs[apart]), minlength=len(ends))
    return totals / np.bincount(owner[apart], minlength=len(ends))
