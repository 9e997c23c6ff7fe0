"""Small clusters: every article moves to the cluster where its evidence is best.

The objective is that of the constant Potts model (Traag, Van Dooren and Nesterov 2011,
"Narrow scope for resolution-limit-free community detection"): what the edges inside clusters
weigh, less a penalty for every pair inside. Articles move one at a time from a queue (the fast
local move of Traag, Waltman and van Eck 2019, "From Louvain to Leiden").

Most choices can be foreseen: what a thousand articles would choose now is found at once by
arithmetic on arrays. It holds at the turn of each unless neighbours that moved before, and clusters
that grew or shrank, can have changed more than the choice is clear by; only then are its edges gone
through one by one. So the moves are those of the queue.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.domain import Labels, Rows
from engine.same_event.features import Floats
from engine.same_event.pair_model import PairModel
from engine.same_event.pairs import Pairs

if TYPE_CHECKING:
    from scipy import sparse

Ints = npt.NDArray[np.integer[Any]]

STRONGEST = 6.0
"""Most that one edge weighs, so that one copy does not outvote ten reports."""

MOST_MOVES = 40
"""Moves tried for each article at most; the queue empties after some 5."""

FORESEEN_AT_ONCE = 1024
"""Articles whose choices are foreseen together. With more of them more neighbours move before an
article's turn, with fewer the arrays are short."""

CLEAR = 1e-6
"""What a foreseen choice must be better by than all others, besides what moves can have changed:
far more than sums of the same weights in another order can differ by."""

ALONE = -1
"""What an article chooses that no cluster holds."""


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
    mover = _Mover(labels, pairs[useful], weights[useful], model.penalty)
    waiting, left = Rows(np.arange(n_articles)), MOST_MOVES * n_articles
    while len(waiting) and left:
        some = Rows(waiting[:left])
        waiting, left = mover.visit(some), left - len(some)
    return np.unique(mover.labels, return_inverse=True)[1].astype(np.int64)


class _Foreseen:
    """What some articles choose as things are, and how clear that still is as they move.

    Parameters
    ----------
    targets
        The best cluster of each, or `ALONE`.
    margins
        How much less all other choices of each gain, those included that it does not have yet.
    later
        Of the place of each article, the places of its neighbours whose turn is later, with the
        weights of the edges.
    """

    def __init__(
        self,
        targets: list[int],
        margins: list[float],
        later: dict[int, list[tuple[int, float]]],
    ) -> None:
        self.targets, self.margins, self._later = targets, margins, later
        self._grown: defaultdict[int, int] = defaultdict(int)
        self._shrunk = 0  # most that a cluster has lost that is still one

    def clear(self, place: int, penalty: float) -> bool:
        """Tell whether clusters have grown and shrunk by less than the choice is clear by."""
        changed = self._grown.get(self.targets[place], 0) + self._shrunk
        return self.margins[place] > penalty * changed + CLEAR

    def moved(self, place: int, left: int, taken: int, *, emptied: bool) -> None:
        """Take into account that the article at `place` left one cluster for another."""
        self._grown[left] -= 1
        self._grown[taken] += 1
        if not emptied:  # else only its neighbours can have thought of that cluster
            self._shrunk = max(self._shrunk, -self._grown[left])
        for other, weight in self._later.get(place, ()):
            target = self.targets[other]
            # An edge may leave the target, and may come to another choice.
            worse = (target == left) + (target != taken)
            self.margins[other] -= weight * worse if weight > 0 else weight * (worse - 2)


class _Mover:
    """The graph, and the cluster of each article.

    Edges become Python numbers only where they are gone through one by one: all of a large window's
    at once take 250 MiB.
    """

    def __init__(self, labels: Labels, pairs: Pairs, weights: Floats, penalty: float) -> None:
        from scipy import sparse  # loaded only where articles are clustered

        n_articles = len(labels)
        n_labels = max(n_articles, int(labels.max(initial=-1)) + 1)
        pairs = pairs.astype(np.int32)
        ends = np.concatenate([pairs, pairs[:, ::-1]]).T
        edges = sparse.coo_array((np.tile(weights, 2), tuple(ends)), (n_articles, n_articles))
        self._graph = edges.tocsr()  # the others of each article in their order
        self.labels = labels.astype(np.int32)
        self._sizes = np.bincount(labels, minlength=n_labels)
        # A heap of the labels that nobody has, and of some that somebody has again.
        self._free: list[int] = np.flatnonzero(self._sizes == 0).tolist()
        self._penalty = penalty

    def visit(self, waiting: Rows) -> Rows:
        """Let `waiting` move in this order; return who may want to follow, in the order of that.

        Whoever waits and whose turn has not come yet need not be told of a move.
        """
        turns = np.full(len(self.labels), -1)
        turns[waiting] = np.arange(len(waiting))
        told = np.zeros(len(self.labels), np.bool_)
        followers = [Rows(np.empty(0, np.int64))]
        for start in range(0, len(waiting), FORESEEN_AT_ONCE):
            rows = Rows(waiting[start : start + FORESEEN_AT_ONCE])
            edges = self._graph[rows]
            places, others = _row_of_each(edges), edges.indices
            turn = turns[others] - start
            later = np.flatnonzero((turn > places) & (turn < len(rows)))
            between = places[later], turn[later], edges.data[later]
            moved = self._move(rows, self._foreseen(rows, edges, between))
            tell = np.flatnonzero(moved[places] & (turn < places))
            apart = self.labels[others[tell]] != self.labels[rows[places[tell]]]
            found = others[tell[apart]]
            found = found[~told[found]]
            told[found] = True
            followers.append(Rows(found[np.sort(np.unique(found, return_index=True)[1])]))
        return Rows(np.concatenate(followers))

    def _foreseen(
        self, rows: Rows, edges: sparse.csr_array, between: tuple[Ints, Ints, Floats]
    ) -> _Foreseen:
        """Return what `rows` choose as things are; `between` are their own later neighbours."""
        from scipy import sparse

        labels, sizes, penalty = self.labels, self._sizes, self._penalty
        ends = labels[edges.indices], edges.indptr.copy()
        held = sparse.csr_array((edges.data.copy(), *ends), (len(rows), len(sizes)))
        held.sum_duplicates()
        places, near, own = _row_of_each(held), held.indices, labels[rows]
        gains = held.data - penalty * sizes[near]
        mine = np.flatnonzero(near == own[places])
        stay = -penalty * (sizes[own] - 1)
        stay[places[mine]] += held.data[mine]
        gains[mine] = -np.inf
        # Whoever is alone already can only go to a cluster that it gets an edge to.
        alone = np.where(np.diff(edges.indptr) > 0, -penalty, -np.inf)
        alone[sizes[own] > 1] = 0.0
        best, second, targets = _two_best(places, gains, near, len(rows))
        stays, goes = (stay >= best) & (stay >= alone), best >= 0
        targets[~goes] = ALONE
        margins = best - np.maximum(second, np.maximum(stay, 0.0))
        margins[~goes] = -np.maximum(stay, np.maximum(best, -penalty))[~goes]
        margins[stays] = (stay - np.maximum(best, alone))[stays]
        targets[stays] = own[stays]
        later = defaultdict(list)
        for one, other, weight in zip(*(ends.tolist() for ends in between), strict=True):
            later[one].append((other, weight))
        return _Foreseen(targets.tolist(), margins.tolist(), later)

    def _move(self, rows: Rows, foreseen: _Foreseen) -> npt.NDArray[np.bool_]:
        """Move each of `rows` to its best cluster; return which of them changed theirs.

        An article whose own cluster costs more than it holds goes back to being alone, in a
        label that nobody has.
        """
        labels, sizes, penalty = self.labels.data, self._sizes.data, self._penalty
        moved = np.zeros(len(rows), np.bool_)
        for place, article in enumerate(rows.tolist()):
            clear = foreseen.clear(place, penalty)
            target = foreseen.targets[place] if clear else self._choice(article)
            mine = labels[article]
            if target == mine:
                continue
            if target == ALONE:
                target = self._least_free()
            sizes[mine] -= 1
            sizes[target] += 1
            labels[article] = target
            if not sizes[mine]:
                heapq.heappush(self._free, mine)
            foreseen.moved(place, mine, target, emptied=not sizes[mine])
            moved[place] = True
        return moved

    def _choice(self, article: int) -> int:
        """Return the best cluster of one article, or `ALONE`."""
        sizes, penalty = self._sizes.data, self._penalty
        edges = slice(*self._graph.indptr[article : article + 2].tolist())
        near, mine = self.labels[self._graph.indices[edges]].tolist(), int(self.labels[article])
        held: defaultdict[int, float] = defaultdict(float)
        for label, weight in zip(near, self._graph.data[edges].tolist(), strict=True):
            held[label] += weight
        best = mine
        best_gain = held.pop(mine, 0.0) - penalty * (sizes[mine] - 1)
        for label, weight in held.items():
            gain = weight - penalty * sizes[label]
            if gain > best_gain:
                best, best_gain = label, gain
        return best if best_gain >= 0 else ALONE

    def _least_free(self) -> int:
        """Return the least label that nobody has; there is one, as two share another."""
        while self._sizes[self._free[0]]:
            heapq.heappop(self._free)
        return self._free[0]


def _row_of_each(table: sparse.csr_array) -> Ints:
    """Return the row of each value of a sparse table, int64."""
    return np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))


def _two_best(
    places: Ints, gains: Floats, near: Ints, n_places: int
) -> tuple[Floats, Floats, Ints]:
    """Return what the best and the second best of each place gain, and which the best is.

    Where there are no choices, they gain minus infinity; `gains` are used up.
    """
    best, second = np.full((2, n_places), -np.inf)
    np.maximum.at(best, places, gains)
    top = np.flatnonzero(gains == best[places])
    targets = np.full(n_places, ALONE)
    targets[places[top]] = near[top]
    n_best = np.bincount(places[top], minlength=n_places)
    gains[top] = -np.inf
    np.maximum.at(second, places, gains)
    second[n_best > 1] = best[n_best > 1]
    return best, second, targets
