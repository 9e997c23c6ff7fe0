"""A small exact check of an index, at every publication and whenever it is verified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain import Rows
from engine.errors import DamagedError
from engine.index.exact import ExactIndex, recall
from engine.index.faiss_index import FaissIndex

QUERIES = 64
NEIGHBOURS = 10

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


def audit(index: FaissIndex, *, target: float) -> Audit:
    """Search for rows, evenly spread, exactly and by the index, and compare.

    Parameters
    ----------
    index
        What is audited.
    target
        Recall that it was tuned to, for the record.

    Raises
    ------
    DamagedError
        The index finds so little that it must be broken.
    """
    n_rows = len(index)
    n_queries = min(QUERIES, n_rows)
    rows = Rows(np.linspace(0, max(0, n_rows - 1), n_queries).astype(np.int64))
    queries = index.vectors[rows]
    truth = ExactIndex(index.vectors).search(queries, NEIGHBOURS)
    found = recall(index.search(queries, NEIGHBOURS), truth)
    if found < min(LEAST_RECALL, target):
        raise DamagedError(
            f"the {index.kind} index finds only {found:.0%} of the nearest articles, "
            f"expected at least {LEAST_RECALL:.0%}; run 'engine rebuild'"
        )
    return Audit(n_queries=n_queries, k=NEIGHBOURS, recall=found, target=target)
