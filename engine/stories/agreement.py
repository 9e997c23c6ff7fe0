"""How well predicted stories and neighbours agree with gold events.

B-cubed: Bagga and Baldwin 1998, "Entity-Based Cross-Document Coreferencing Using the
Vector Space Model"; chosen over others because it alone meets all four constraints of
Amigo et al. 2009, "A comparison of extrinsic clustering evaluation metrics".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Rows
from engine.same_event.features import SECONDS_OF_A_DAY
from engine.same_event.hits import JUDGED_DAYS, JUDGED_HITS, hit_order
from engine.same_event.pairs import Pairs

Labels = npt.NDArray[np.int64]
"""Int64 cluster numbers, shape (n,); a negative label is a cluster of its own."""

_QUERIES_AT_ONCE = 1024
RECALL_AT = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and their harmonic mean, each in [0, 1]."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How well the nearest neighbours of an article are of its own event.

    Attributes
    ----------
    n_queries
        Articles that have another article to find; the only ones that count.
    hit_at_1
        Share whose nearest neighbour is of the same event; a tie with a wrong one is a miss.
    recall_at_10
        Mean share of the articles to find that are among the ten nearest.
    mrr
        Mean of one over the rank of the nearest right one.
    """

    n_queries: int
    hit_at_1: float
    recall_at_10: float
    mrr: float


def bcubed(predicted: Labels, gold: Labels) -> Agreement:
    """Return B-cubed precision and recall of a partition.

    Parameters
    ----------
    predicted, gold
        Int64, shape (n,).
    """
    if not len(gold):
        return Agreement(0.0, 0.0)
    both, size_predicted, size_gold = _sizes(predicted, gold)
    return Agreement(float(np.mean(both / size_predicted)), float(np.mean(both / size_gold)))


def pairwise(predicted: Labels, gold: Labels) -> Agreement:
    """Return precision and recall over all pairs of articles that share a cluster."""
    both, size_predicted, size_gold = _sizes(predicted, gold)
    n_both, n_predicted, n_gold = (
        float(np.sum(size - 1)) for size in (both, size_predicted, size_gold)
    )
    return Agreement(
        n_both / n_predicted if n_predicted else 0.0, n_both / n_gold if n_gold else 0.0
    )


def _sizes(
    predicted: Labels, gold: Labels
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each item the size of its joint, predicted and gold cluster."""
    if predicted.shape != gold.shape:
        raise ValueError(f"{predicted.shape} predicted labels for {gold.shape} gold labels")
    own_predicted, own_gold = single_out(predicted), single_out(gold)
    joint = np.stack([own_predicted, own_gold], axis=1)  # (n, 2)
    return _group_size(joint), _group_size(own_predicted), _group_size(own_gold)


def _group_size(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    _, inverse, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    sizes: npt.NDArray[np.int64] = counts[inverse.reshape(-1)]
    return sizes


def single_out(labels: Labels) -> Labels:
    """Return `labels` with every negative one replaced by a label of its own."""
    alone = labels < 0
    start = int(labels.max(initial=-1)) + 1
    out = labels.copy()
    out[alone] = start + np.arange(int(alone.sum()))
    return out


Judge = Callable[[Pairs], npt.NDArray[np.float64]]
"""Returns the probabilities that pairs of rows are one event."""


def retrieval(
    vectors: Embeddings,
    gold: Labels,
    *,
    languages: npt.NDArray[np.str_] | None = None,
    published: npt.NDArray[np.float64] | None = None,
    judge: Judge | None = None,
) -> Retrieval:
    """Return how well queries by each article find the articles of the same event.

    Parameters
    ----------
    vectors
        Float32 unit rows, shape (n, dim).
    gold
        Int64, shape (n,).
    languages
        When given, shape (n,), an article looks only at articles of other languages.
    published
        Float64, shape (n,): seconds, NaN where not known. Only a judge asks for them.
    judge
        Puts the nearest articles of each and the nearest of its days in order, as in a
        query; None leaves all in the order of their cosines.
    """
    own = single_out(gold)
    hits: list[npt.NDArray[np.float64]] = []
    for start in range(0, len(vectors), _QUERIES_AT_ONCE):
        rows = np.arange(start, min(start + _QUERIES_AT_ONCE, len(vectors)))
        scores = (vectors[rows] @ vectors.T).astype(np.float64)  # (n_rows, n)
        right = own[rows][:, None] == own[None, :]
        scores[np.arange(len(rows)), rows] = -np.inf
        right[np.arange(len(rows)), rows] = False
        if languages is not None:
            same = languages[rows][:, None] == languages[None, :]
            scores[same] = -np.inf
            right &= ~same
        if judge is not None:
            judged = _judged(scores, rows, published)
            chances = judge(np.argwhere(judged) + np.array([start, 0]))
            scores[judged] = hit_order(chances, scores[judged])
        hits.append(_scores(scores, right))
    found = np.concatenate(hits) if hits else np.empty((0, 3))
    if not len(found):
        return Retrieval(0, 0.0, 0.0, 0.0)
    hit, recall, reciprocal = found.mean(axis=0)
    return Retrieval(len(found), float(hit), float(recall), float(reciprocal))


def _judged(
    cosines: npt.NDArray[np.float64], rows: Rows, published: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.bool_]:
    """Return which articles are judged for each of `rows`; bool, the shape of `cosines`."""
    judged = _nearest(cosines)
    if published is not None:
        days = np.abs(published[rows][:, None] - published[None, :]) / SECONDS_OF_A_DAY
        judged |= _nearest(np.where(days <= JUDGED_DAYS, cosines, -np.inf))
    return judged


def _nearest(cosines: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which are the `JUDGED_HITS` largest of each row, of those that are finite."""
    n_judged = min(JUDGED_HITS, cosines.shape[1])
    largest = np.argpartition(-cosines, n_judged - 1, axis=1)[:, :n_judged]
    chosen = np.zeros(cosines.shape, np.bool_)
    np.put_along_axis(chosen, largest, True, axis=1)
    return chosen & np.isfinite(cosines)


def _scores(
    scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return hit, recall and reciprocal rank of the rows that have something to find."""
    findable = right.any(axis=1)
    scores, right = scores[findable], right[findable]
    best = np.where(right, scores, -np.inf).max(axis=1)  # (n,)
    rank = 1 + np.sum(~right & (scores >= best[:, None]), axis=1)
    n_top = min(RECALL_AT, scores.shape[1])
    top = np.argpartition(-scores, n_top - 1, axis=1)[:, :n_top]
    recall = np.take_along_axis(right, top, axis=1).sum(axis=1) / right.sum(axis=1)
    return np.stack([rank == 1, recall, 1 / rank], axis=1)
