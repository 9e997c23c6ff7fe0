"""The least effort with which an approximate index finds what exact search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import ExactIndex, recalls
from engine.index.faiss_index import FaissIndex, Native, load_faiss

RECALL = 0.95
"""Share of the true neighbours that an approximate index is tuned to find."""

QUERIES = 512
NEIGHBOURS = 16

SURE_DEVIATIONS = 2
"""Standard errors by which the recall of the sample must exceed the target."""

REFINEMENTS = (2, 3, 4, 6, 8, 12, 16, 32, 64)
"""Candidates that are compared in 8 bits for each neighbour wanted."""

REFINED_COST = 40
"""Time of refining one candidate, in times of scanning one code (measured, 384 dim)."""

PROBED_COST = 300
"""Time of entering a list, in times of scanning one code."""

LOST_WHEN_KEPT = 0.01
"""Recall that a growing base may lose before its effort is tuned again: the cheapest effort
just reaches the target, so without this every other night would tune."""

SEED = 4321
"""Of the choice of rows that are searched for; another than that of the training rows."""


def tuned(
    index: FaissIndex, target: float, *, effort: Mapping[str, float] | None = None
) -> FaissIndex:
    """Return `index` set to the cheapest effort that reaches `target`.

    Some rows of the base are searched for, exactly and by the index, and their own row is
    left out of both answers. The cost of an effort is a model, not a clock, so the same
    vectors always give the same index. Where nothing reaches the target, the effort that
    comes nearest is taken. The parameter ``recall`` says what was surely reached.

    Parameters
    ----------
    index
        An ``ivf-flat`` or ``ivf-pq`` index; its native object is changed in place.
    target
        Recall wanted, in (0, 1].
    effort
        Parameters that were tuned for a smaller base: kept while they surely suffice,
        since finding the cheapest takes a hundred times as long as trying one.
    """
    n_lists = load_faiss().extract_index_ivf(index.native).nlist
    n_queries = min(QUERIES, len(index))
    rows = np.random.default_rng(SEED).choice(len(index), n_queries, replace=False)
    queries = index.vectors[Rows(np.sort(rows))]
    truth = _others(ExactIndex(index.vectors), queries)
    if effort is not None and _suffices(index, queries, truth, effort):
        return replace(index, parameters=dict(effort) | index.parameters)
    best = (2.0, 0.0, 0, 0)  # misses beyond the target, cost, lists, refinement
    probed = len(index) / n_lists + PROBED_COST
    least = 1
    # Most first: what suffices there bounds what the others may cost, and since they find no
    # more in as many lists, they need at least as many.
    for refinement in reversed(REFINEMENTS) if index.kind == "ivf-pq" else REFINEMENTS[:1]:
        refined = REFINED_COST * refinement * NEIGHBOURS
        most = int((best[1] - refined) / probed) if best[0] == 0 else n_lists
        tried = [step for step in _steps(n_lists) if least <= step <= most]
        if not tried:
            continue
        n_probe, reached = _least_probes(index, queries, truth, refinement, target, tried)
        cost = refined + n_probe * probed
        best = min(best, (max(0.0, target - reached), cost, n_probe, refinement))
        if best[0] == 0:
            least = n_probe + (reached < target)
    missed, _, n_probe, refinement = best
    set_effort(index.native, index.kind, n_probe, refinement)
    found = {"n_lists": n_lists, "n_probe": n_probe, "recall": target - missed}
    if index.kind == "ivf-pq":
        found["refinement"] = refinement
    return replace(index, parameters=index.parameters | found)


def _suffices(
    index: FaissIndex, queries: Embeddings, truth: Neighbours, effort: Mapping[str, float]
) -> bool:
    """Set an effort, and tell whether it surely reaches the recall that it had, or nearly so."""
    keep_effort(index.native, index.kind, effort)
    return _sure_recall(index, queries, truth) >= effort["recall"] - LOST_WHEN_KEPT


def _sure_recall(index: FaissIndex, queries: Embeddings, truth: Neighbours) -> float:
    """Return the recall that the sample makes sure of."""
    shares = recalls(_others(index, queries), truth)
    return float(shares.mean() - SURE_DEVIATIONS * shares.std() / len(shares) ** 0.5)


def _steps(n_lists: int) -> list[int]:
    """Return the numbers of lists that are tried, ascending."""
    return sorted({min(n_lists, width << power) for power in range(13) for width in (2, 3)} | {1})


def _least_probes(
    index: FaissIndex,
    queries: Embeddings,
    truth: Neighbours,
    refinement: int,
    target: float,
    steps: Sequence[int],
) -> tuple[int, float]:
    """Return the first of `steps` that surely reaches `target`, else the last; and the recall."""
    for n_probe in steps:
        set_effort(index.native, index.kind, n_probe, refinement)
        sure = _sure_recall(index, queries, truth)
        if sure >= target:
            break
    return n_probe, min(sure, target)


def _others(index: ExactIndex | FaissIndex, queries: Embeddings) -> Neighbours:
    """Return the neighbours of rows of the base less the nearest, which is the row itself."""
    found = index.search(queries, NEIGHBOURS + 1)
    return Neighbours(Rows(found.rows[:, 1:]), found.cosines[:, 1:])


def keep_effort(native: Native, kind: str, effort: Mapping[str, float]) -> None:
    """Set the effort that was found for a smaller base, among parameters as `tuned` gives."""
    refinement = int(effort.get("refinement", REFINEMENTS[0]))
    set_effort(native, kind, int(effort["n_probe"]), refinement)


def set_effort(native: Native, kind: str, n_probe: int, refinement: int) -> None:
    """Set how many lists are looked at and how many candidates refined."""
    load_faiss().extract_index_ivf(native).nprobe = n_probe
    if kind == "ivf-pq":
        native.k_factor = refinement
