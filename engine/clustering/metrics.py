"""How well predicted stories and neighbours agree with gold events.

B-cubed: Bagga and Baldwin 1998, "Entity-Based Cross-Document Coreferencing Using the
Vector Space Model"; chosen over others because it alone meets all four constraints of
Amigo et al. 2009, "A comparison of extrinsic clustering evaluation metrics".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings

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


def retrieval(
    vectors: Embeddings, gold: Labels, *, languages: npt.NDArray[np.str_] | None = None
) -> Retrieval:
    """Return how well exact nearest neighbours find the articles of the same event.

    Parameters
    ----------
    vectors
        Float32 unit rows, shape (n, dim).
    gold
        Int64, shape (n,).
    languages
        When given, shape (n,), an article looks only at articles of other languages.
    """
    own = single_out(gold)
    hits: list[npt.NDArray[np.float64]] = []
    for start in range(0, len(vectors), _QUERIES_AT_ONCE):
        rows = np.arange(start, min(start + _QUERIES_AT_ONCE, len(vectors)))
        cosines = vectors[rows] @ vectors.T  # (n_rows, n)
        right = own[rows][:, None] == own[None, :]
        cosines[np.arange(len(rows)), rows] = -np.inf
        right[np.arange(len(rows)), rows] = False
        if languages is not None:
            same = languages[rows][:, None] == languages[None, :]
            cosines[same] = -np.inf
            right &= ~same
        hits.append(_scores(cosines, right))
    scores = np.concatenate(hits) if hits else np.empty((0, 3))
    if not len(scores):
        return Retrieval(0, 0.0, 0.0, 0.0)
    hit, recall, reciprocal = scores.mean(axis=0)
    return Retrieval(len(scores), float(hit), float(recall), float(reciprocal))


def _scores(
    cosines: npt.NDArray[np.float32], right: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return hit, recall and reciprocal rank of the rows that have something to find."""
    findable = right.any(axis=1)
    cosines, right = cosines[findable], right[findable]
    best = np.where(right, cosines, -np.inf).max(axis=1)  # (n,)
    rank = 1 + np.sum(~right & (cosines >= best[:, None]), axis=1)
    n_top = min(RECALL_AT, cosines.shape[1])
    top = np.argpartition(-cosines, n_top - 1, axis=1)[:, :n_top]
    recall = np.take_along_axis(right, top, axis=1).sum(axis=1) / right.sum(axis=1)
    return np.stack([rank == 1, recall, 1 / rank], axis=1)
