"""The nearest rows of many rows, brought up to date: only what is new is compared with all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import rescored
from engine.index.faiss_index import load_faiss
from engine.index.lists import in_order, one_thread, threads

QUERIES_AT_ONCE = 1 << 9
"""Rows that one thread compares with all; a night has some thousand."""

ROWS_AT_ONCE = 1 << 12
"""Rows that these are compared with at once: 8 MiB of cosines, which caches hold."""

ROUNDING = 1e-5
"""Cosines of a product of matrices and those of pairs differ by less."""

Numbers = npt.NDArray[np.int64]
"""Int64, one for each of what is put in."""

Meetings = tuple[Rows, Rows]
"""Parallel int64: rows, and rows that were not there before and are near to them."""


def renewed(vectors: Embeddings, known: Neighbours, fresh: Rows, lacking: Rows) -> Neighbours:
    """Return the nearest rows of each row, itself among them, equally near ones by row.

    Every row that `known` does not answer fully is compared with all. Nothing is missed of
    what is new; what `known` had missed stays missed.

    Parameters
    ----------
    vectors
        Float32, (n, dim): unit rows.
    known
        Of each row, the nearest of the rows that were there before, (n, k): those that are
        not there now are left out, so there may be fewer than k.
    fresh
        Rows that were not there before.
    lacking
        Rows that are searched for: all of `fresh`, and those for which too few are known.
    """
    found = Neighbours(Rows(known.rows.copy()), known.cosines.copy())
    # Farther ones may be missing from an answer of fewer than k, so only nearer ones join it.
    bounds = np.where(found.rows >= 0, found.cosines, np.inf).min(axis=1)
    bounds[lacking] = np.inf
    is_fresh = np.zeros(len(vectors), np.bool_)
    is_fresh[fresh] = True
    blocks = [
        Rows(lacking[at : at + QUERIES_AT_ONCE]) for at in range(0, len(lacking), QUERIES_AT_ONCE)
    ]

    def compare(rows: Rows) -> tuple[Neighbours, Meetings]:
        return _compared(vectors, rows, is_fresh[rows], bounds, found.rows.shape[1])

    with threads() as pool, one_thread():
        answers = list(pool.map(compare, blocks))
    for rows, (answer, _) in zip(blocks, answers, strict=True):
        found.rows[rows], found.cosines[rows] = answer.rows, answer.cosines
    if answers:
        met = [np.concatenate(some) for some in zip(*(met for _, met in answers), strict=True)]
        _join(found, vectors, Rows(met[0]), Rows(met[1]))
    return found


def _compared(
    vectors: Embeddings,
    rows: Rows,
    fresh: npt.NDArray[np.bool_],
    bounds: npt.NDArray[np.float32],
    k: int,
) -> tuple[Neighbours, Meetings]:
    """Compare `rows`, of which some are `fresh`, with all.

    Returns
    -------
    tuple
        Their k nearest rows, and which fresh ones are nearer to a row than its bound.
    """
    queries, lines = vectors[rows], np.arange(len(rows))
    heap = load_faiss().ResultHeap(len(rows), k, keep_max=True)
    near: list[npt.NDArray[np.int64]] = []
    met: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        cosines = queries @ vectors[block].T
        n_rows = cosines.shape[1]
        heap.add_result_subset(lines, cosines, np.arange(start, start + n_rows))
        # Where few are, they are found in a fifth of the time by one number than by two.
        nearer = np.flatnonzero(cosines > bounds[block] - ROUNDING)
        of, places = np.divmod(nearer, n_rows)
        near.append(start + places[fresh[of]])
        met.append(rows[of[fresh[of]]])
    answer = in_order(heap, vectors, queries)
    return answer, (Rows(np.concatenate(near)), Rows(np.concatenate(met)))


def _join(found: Neighbours, vectors: Embeddings, rows: Rows, others: Rows) -> None:
    """Put each of `others` among the nearest of its one of `rows`, in place, where it is nearer."""
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), QUERIES_AT_ONCE):
        some = slice(start, start + QUERIES_AT_ONCE)
        answer = rescored(vectors, vectors[rows[some]], Rows(others[some, None]))
        cosines[some] = answer.cosines[:, 0]
    last = np.where(found.rows >= 0, found.cosines, np.inf).min(axis=1)
    nearer = np.flatnonzero(cosines >= last[rows])
    order = nearer[np.lexsort((others[nearer], -cosines[nearer], rows[nearer]))]
    rows, others, cosines = Rows(rows[order]), Rows(others[order]), cosines[order]
    starts = np.append(np.flatnonzero(np.diff(rows, prepend=-1)), len(rows))
    for start in range(0, len(starts) - 1, QUERIES_AT_ONCE):
        ends = starts[start : start + QUERIES_AT_ONCE + 1]
        some = slice(ends[0], ends[-1])
        lines = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        places = np.arange(len(lines)) - (ends[:-1] - ends[0])[lines]
        new = Neighbours(Rows(others[some]), cosines[some])
        _merge(found, Rows(rows[ends[:-1]]), lines, places, new)


def numbered(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return how many values before each are equal to it, int64, (n,)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    numbers = np.empty(len(values), np.int64)
    numbers[order] = np.arange(len(values)) - np.searchsorted(ordered, ordered)
    return numbers


def _merge(found: Neighbours, rows: Rows, lines: Numbers, places: Numbers, new: Neighbours) -> None:
    """Put what is new among the nearest of `rows`, in place; the worst of full answers make way.

    Parameters
    ----------
    found
        Answers, best first, equally near rows in order; (n, k).
    rows
        Those of the answers that change.
    lines, places
        Int64, (n_new,): in which of `rows` each of `new` is to be, and how manieth of these it is.
    new
        Rows and cosines, (n_new,).
    """
    nearest, best = found.rows[rows], found.cosines[rows]
    k, cosines = nearest.shape[1], new.cosines[:, None]
    nearer = (best[lines] > cosines) | (
        (best[lines] == cosines) & (nearest[lines] < new.rows[:, None])
    )
    before = nearer.sum(axis=1)
    n_here = np.bincount(lines * (k + 1) + before, minlength=len(rows) * (k + 1))
    columns = np.arange(k) + np.cumsum(n_here.reshape(-1, k + 1)[:, :k], axis=1)
    kept, own = np.nonzero(columns < k)
    there = columns[kept, own]
    places = places + before
    comes = np.flatnonzero(places < k)
    for values, old, fresh in (
        (found.rows, nearest, new.rows),
        (found.cosines, best, new.cosines),
    ):
        merged = np.empty_like(old)
        merged[kept, there] = old[kept, own]
        merged[lines[comes], places[comes]] = fresh[comes]
        values[rows] = merged
