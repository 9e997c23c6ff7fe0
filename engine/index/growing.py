"""An index that takes in what was stored since: in a small tail, and now and then whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.index.faiss_build import add_rows, noise
from engine.index.faiss_index import FaissIndex, Native, load_faiss
from engine.index.tuning import keep_effort, tuned
from engine.index.vectors import MappedVectors

MOST_GROWTH = 2
"""An index is learnt anew once it holds so many times what it was learnt from."""

LOST_RECALL = 0.02
"""An index that never reached its target is learnt anew when it loses so much recall."""

UNTRIED_GROWTH = 0.05
"""Share by which an index may grow before its effort is tried again, which compares 512 rows with
all: 1.6 s of processor for 100,000, and ten times that for a million. So few rows hardly move its
recall, and every publication still audits it with 64 rows. Until then its file stays as it is, and
what is new is written to a tail: copying a million rows took 15 s of each night."""


def can_have_tail(index: FaissIndex, rows: MappedVectors, *, target: float, before: float) -> bool:
    """Tell whether a tail may take in what was stored since.

    Parameters
    ----------
    index
        As it is published.
    rows
        Vectors of the rows now.
    target, before
        Recall that is wanted, in (0, 1], and that it was tuned to until now.
    """
    tried = index.parameters.get("n_tried", 0)  # of earlier engines nothing is known
    most = min((1 + UNTRIED_GROWTH) * tried, MOST_GROWTH * index.parameters["n_trained"])
    return target == before and rows.n_stored <= most


def with_tail(index: FaissIndex, rows: MappedVectors, path: Path, tail: Path | None) -> FaissIndex:
    """Return `index` over `rows`; what was stored since is in its tail, which is in memory.

    Parameters
    ----------
    index
        As it is published; only its effort is set, which is kept.
    rows
        Vectors of the rows now.
    path, tail
        Where it lies; there may be no tail yet.
    """
    native = _learnt(path) if tail is None else _in_memory(tail)
    add_rows(native, rows.stored(), index.native.ntotal + native.ntotal)
    keep_effort(native, index.kind, index.parameters)
    return replace(index, vectors=rows, places=rows.places, tail=native)


def _learnt(path: Path) -> Native:
    """Return an index that knows what the one in a file has learnt, and holds nothing."""
    faiss = load_faiss()
    native = _in_memory(path)
    native.reset()
    # What is emptied keeps its room; what is read takes none.
    return faiss.deserialize_index(faiss.serialize_index(native))


def _in_memory(path: Path) -> Native:
    return load_faiss().read_index(str(path))


def extended(
    path: Path,
    rows: MappedVectors,
    *,
    parameters: dict[str, float],
    kind: str,
    target: float,
    before: float,
) -> FaissIndex | None:
    """Return an index in memory with all that was stored since, tuned again where it needs that.

    Parameters
    ----------
    path
        Where the index lies, but for its tail.
    rows
        Vectors of the rows now.
    parameters, kind
        Of the index.
    target, before
        As for `can_have_tail`.

    Returns
    -------
    FaissIndex or None
        None when the index has to be learnt anew: it has grown too much, or no effort
        reaches the recall any more that it had.
    """
    if rows.n_stored > MOST_GROWTH * parameters["n_trained"]:
        return None
    native = _in_memory(path)
    add_rows(native, rows.stored(), native.ntotal)
    kept = {"n_trained": parameters["n_trained"], "n_tried": rows.n_stored, "noise": noise(rows)}
    index = FaissIndex(kind, rows, kept, native, places=rows.places)
    index = tuned(index, target, effort=parameters if target == before else None)
    # What fell short of its target before need not reach it, only stay as good as it was.
    reached = parameters["recall"] >= before
    needed = min(target, before if reached else parameters["recall"] - LOST_RECALL)
    return index if index.parameters["recall"] >= needed else None
