"""Exact search in plain numpy: the oracle that every other index is measured by."""

from __future__ import annotations

import numpy as np

from engine.domain import Embeddings, Neighbours, Rows
from engine.errors import InputError

BLOCK_CELLS = 1 << 23
"""Cosines held at once (32 MiB of float32)."""

UNIT_TOLERANCE = 1e-3
"""How far a row's length may be from 1: half-precision storage stays within."""

TIE = 1e-5
"""Cosines nearer than this are one answer when recall is counted: duplicates tie, and
sums of float32 differ by some 1e-7 with the order of addition."""


class ExactIndex:
    """Compares every query with every row.

    Rows with equal cosines come in ascending order, so the answer is reproducible.

    Parameters
    ----------
    vectors
        Float32, (n, dim), unit rows; kept, not copied.
    """

    kind = "exact"

    def __init__(self, vectors: Embeddings) -> None:
        self.vectors = checked(vectors)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.vectors)

    def search(self, queries: Embeddings, k: int, *, within: Rows | None = None) -> Neighbours:
        """Return the k nearest rows of each query.

        Parameters
        ----------
        queries
            Float32, (n_queries, dim), unit rows.
        k
            Neighbours wanted, at least 1.
        within
            Only these rows may be found; all where None.

        Raises
        ------
        InputError
            An array has another shape or type than stated, or a row does not exist.
        """
        check_search(self.vectors, queries, k)
        rows = subset(within, len(self))
        vectors = self.vectors if rows is None else self.vectors[rows]
        found = np.full((len(queries), k), -1, np.int64)
        cosines = np.full((len(queries), k), -np.inf, np.float32)
        width = min(k, len(vectors))
        step = max(1, BLOCK_CELLS // max(1, len(vectors)))
        for start in range(0, len(queries) if width else 0, step):
            block = queries[start : start + step] @ vectors.T  # (step, n)
            best = _best(block, width)
            found[start : start + step, :width] = best if rows is None else rows[best]
            cosines[start : start + step, :width] = np.take_along_axis(block, best, axis=1)
        return Neighbours(found, cosines)


def _best(cosines: Embeddings, width: int) -> Rows:
    """Return the columns of the `width` largest of each row, best first, ties by column."""
    # The width-th largest value; everything above it is in, equal ones in column order.
    floor = -np.partition(-cosines, width - 1, axis=1)[:, width - 1 : width]
    out = np.empty((len(cosines), width), np.int64)
    for line, (values, least) in enumerate(zip(cosines, floor, strict=True)):
        above = np.flatnonzero(values > least)
        equal = np.flatnonzero(values == least)[: width - len(above)]
        columns = np.concatenate([above, equal])
        out[line] = columns[np.lexsort((columns, -values[columns]))]
    return out


def checked(vectors: Embeddings) -> Embeddings:
    """Return `vectors` if they are unit rows in float32 and C order.

    Raises
    ------
    InputError
        They are not; the message says how.
    """
    if vectors.ndim != 2 or vectors.dtype != np.float32 or not vectors.flags.c_contiguous:
        raise InputError(
            "expected float32 vectors in C order with shape (n, dim), "
            f"got {vectors.dtype} with shape {vectors.shape}"
        )
    # Not norm(): that would copy a memory-mapped array that may be larger than memory.
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= 2 * UNIT_TOLERANCE))
    if wrong.size:
        raise InputError(
            f"expected unit rows, but row {wrong[0]} has length {lengths[wrong[0]] ** 0.5:.4g} "
            f"({wrong.size} such rows of {len(vectors)})"
        )
    return vectors


def check_search(vectors: Embeddings, queries: Embeddings, k: int) -> None:
    """Raise InputError unless `queries` and `k` can be searched for in `vectors`."""
    checked(queries)
    if queries.shape[1] != vectors.shape[1]:
        raise InputError(
            f"the queries have {queries.shape[1]} dimensions, the index has {vectors.shape[1]}"
        )
    if k < 1:
        raise InputError(f"expected at least 1 neighbour to be asked for, got {k}")


def subset(within: Rows | None, n_rows: int) -> Rows | None:
    """Return `within` ascending and without repetitions; None stays None.

    Raises
    ------
    InputError
        A row is negative or not below `n_rows`.
    """
    if within is None:
        return None
    rows = np.unique(np.asarray(within, np.int64))
    if rows.size and (rows[0] < 0 or rows[-1] >= n_rows):
        raise InputError(
            f"expected rows from 0 to {n_rows - 1}, got rows from {rows[0]} to {rows[-1]}"
        )
    return rows


def recall(found: Neighbours, truth: Neighbours) -> float:
    """Return the share of the true neighbours that were found, in [0, 1].

    An answer counts when it is at least as near as the last true neighbour, so that one
    of several equally near articles is as good as another.

    Parameters
    ----------
    found, truth
        Answers to the same queries with the same k; `truth` from `ExactIndex`.
    """
    expected = int((truth.rows >= 0).sum())
    if not expected:
        return 1.0
    last = np.where(truth.rows >= 0, truth.cosines, np.inf).min(axis=1, keepdims=True)
    hits = (found.rows >= 0) & (found.cosines >= last - TIE)
    return float(min(1.0, hits.sum() / expected))
