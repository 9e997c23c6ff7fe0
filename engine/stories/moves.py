"""Small clusters: every article moves to the cluster where its evidence is best.

The objective is that of the constant Potts model (Traag, Van Dooren and Nesterov 2011,
"Narrow scope for resolution-limit-free community detection"): what the edges inside clusters
weigh, less a penalty for every pair inside. Articles move one at a time from a queue (the fast
local move of Traag, Waltman and van Eck 2019, "From Louvain to Leiden").
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque

import numpy as np
import numpy.typing as npt

from engine.domain import Labels
from engine.same_event.pair_model import PairModel
from engine.same_event.pairs import Pairs

STRONGEST = 6.0
"""Most that one edge weighs, so that one copy does not outvote ten reports."""

MOST_MOVES = 40
"""Moves tried for each article at most; the queue empties after some 5."""


def move_articles(
    n_articles: int,
    pairs: Pairs,
    log_odds: npt.NDArray[np.float64],
    model: PairModel,
    *,
    start: Labels | None = None,
    signed: bool = False,
) -> Labels:
    """Return the small cluster of each article.

    Parameters
    ----------
    n_articles
        Number of articles; those in no pair stay alone.
    pairs, log_odds
        The scored pairs, each once, and their evidence.
    model
        Its lenience is added to every edge, and its penalty is what a pair costs.
    start
        Clusters to begin with, which saves moves where they are nearly right; None begins
        with every article alone.
    signed
        Let edges count against a cluster as well. Among the nearest neighbours alone that
        loses recall, as those that are not the nearest count for nothing; among all pairs of
        a few articles, no cluster is left whose pairs speak against it on average.
    """
    weights = np.minimum(log_odds + model.lenience, STRONGEST)
    useful = np.ones(len(weights), np.bool_) if signed else weights > 0
    labels = np.arange(n_articles) if start is None else start
    mover = _Mover(labels.tolist(), pairs[useful], weights[useful], model.penalty)
    waiting = deque(range(n_articles))
    queued = [True] * n_articles
    for _ in range(MOST_MOVES * n_articles):
        if not waiting:
            break
        article = waiting.popleft()
        queued[article] = False
        for other in mover.move(article):
            if not queued[other]:
                queued[other] = True
                waiting.append(other)
    return np.unique(np.array(mover.labels, np.int64), return_inverse=True)[1].astype(np.int64)


class _Mover:
    """The graph, and the cluster of each article.

    Edges become Python numbers only where they are looked at: all of a large window's at once take
    250 MiB.
    """

    def __init__(
        self, labels: list[int], pairs: Pairs, weights: npt.NDArray[np.float64], penalty: float
    ) -> None:
        from scipy import sparse  # loaded only where articles are clustered

        n_articles = len(labels)
        pairs = pairs.astype(np.int32)
        ends = np.concatenate([pairs, pairs[:, ::-1]]).T
        edges = sparse.coo_array((np.tile(weights, 2), tuple(ends)), (n_articles, n_articles))
        graph = edges.tocsr()  # the others of each article in their order
        self.labels = labels
        self._sizes: list[int] = np.bincount(labels, minlength=len(labels)).tolist()
        # A heap of the labels that nobody has, and of some that somebody has again.
        self._free = [label for label, size in enumerate(self._sizes) if not size]
        self._starts: list[int] = graph.indptr.tolist()
        self._others, self._weights = graph.indices, graph.data
        # Summed one after the other, as `move` does, so that both say the same to the last bit.
        of_each = np.repeat(np.arange(n_articles), np.diff(graph.indptr))
        self._held = np.bincount(of_each, graph.data, minlength=n_articles).tolist()
        self._penalty = penalty

    def move(self, article: int) -> list[int]:
        """Move one article to its best cluster; return those who may want to follow.

        An article whose own cluster costs more than it holds goes back to being alone, in a
        label that nobody has.
        """
        labels, sizes, penalty = self.labels, self._sizes, self._penalty
        edges = slice(self._starts[article], self._starts[article + 1])
        others: list[int] = self._others[edges].tolist()
        near, mine = [labels[other] for other in others], labels[article]
        # Most articles have all their neighbours with them already, and stay.
        if near.count(mine) == len(near) and self._held[article] >= penalty * (sizes[mine] - 1):
            return []
        held: defaultdict[int, float] = defaultdict(float)
        for label, weight in zip(near, self._weights[edges].tolist(), strict=True):
            held[label] += weight
        sizes[mine] -= 1
        best = mine
        best_gain = held.get(mine, 0.0) - penalty * sizes[mine]
        for label, weight in held.items():
            gain = weight - penalty * sizes[label]
            if gain > best_gain:
                best, best_gain = label, gain
        if best_gain < 0:
            best = self._least_free()
        sizes[best] += 1
        if best == mine:
            return []
        if not sizes[mine]:
            heapq.heappush(self._free, mine)
        labels[article] = best
        return [other for other in others if labels[other] != best]

    def _least_free(self) -> int:
        """Return the least label that nobody has; there is one, as two share another."""
        while self._sizes[self._free[0]]:
            heapq.heappop(self._free)
        return self._free[0]
