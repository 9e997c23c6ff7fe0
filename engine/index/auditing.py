"""A small exact check of an index, at every publication and whenever it is verified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain import Neighbours, Rows
from engine.errors import DamagedError
from engine.index.exact import recall
from engine.index.faiss_index import FaissIndex
from engine.index.truth import Truth, exact_truth

LEAST_RECALL = 0.8
"""Recall below which an index is taken for broken rather than approximate."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How the index did against exact search when the generation was published.

    Attributes
    ----------
    n_queries, k
        Rows of the base that were searched for, and neighbours asked for.
    recall
        Share of the true neighbours that were found, in [0, 1].
    target
        Recall that the index was tuned to.
    """

    n_queries: int
    k: int
    recall: float
    target: float


def audit(index: FaissIndex, *, target: float, truth: Truth | None = None) -> Audit:
    """Search for rows, evenly spread, exactly and by the index, and compare.

    Parameters
    ----------
    index
        What is audited.
    target
        Recall that it was tuned to, for the record.
    truth
        What exact search finds, where that is known.

    Raises
    ------
    DamagedError
        The index finds so little that it must be broken.
    """
    truth = exact_truth(index.vectors) if truth is None else truth
    queries = truth.query_vectors(index.vectors)
    # Only how near they are counts, and which are none.
    near = Neighbours(Rows(np.where(truth.places < 0, -1, 0)), truth.cosines)
    k = truth.places.shape[1]
    found = recall(index.search(queries, k), near)
    if found < min(LEAST_RECALL, target):
        raise DamagedError(
            f"the {index.kind} index finds only {found:.0%} of the nearest articles, "
            f"expected at least {LEAST_RECALL:.0%}; run 'engine rebuild'"
        )
    return Audit(n_queries=len(queries), k=k, recall=found, target=target)
