"""How well two partitions agree, such as stories and gold events.

B-cubed: Bagga and Baldwin 1998, "Entity-Based Cross-Document Coreferencing Using the
Vector Space Model"; chosen over others because it alone meets all four constraints of
Amigo et al. 2009, "A comparison of extrinsic clustering evaluation metrics".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Labels


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
