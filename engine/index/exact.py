"""Exact search in plain numpy: the oracle that every other index is measured by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.errors import InputError
from engine.index.vectors import Vectors, as_vectors, checked

ROWS_AT_ONCE = 1 << 14
QUERIES_AT_ONCE = 512
"""Queries and rows whose cosines are held at once: 32 MiB, and 24 MiB of rows."""

RESCORED_ROWS = 1 << 11
"""Candidates whose exact cosine is computed at once: 3 MiB at 384 dimensions, which takes two
thirds of the time of 12."""

TIE = 1e-5
"""Cosines nearer than this are one answer when recall is counted: duplicates tie, and
sums of float32 differ by some 1e-7 with the order of addition."""


class ExactIndex:
    """Compares every query with every row.

    Rows with equal cosines come in ascending order, so the answer is reproducible.

    Parameters
    ----------
    vectors
        Unit rows, (n, dim); an array in float32 and C order is kept, not copied.
    """

    kind = "exact"

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = as_vectors(vectors)

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
        answer = nothing_found(len(queries), k)
        found, cosines = answer.rows, answer.cosines
        n_rows = len(self) if rows is None else len(rows)
        for start in range(0, n_rows, ROWS_AT_ONCE):
            part = slice(start, min(start + ROWS_AT_ONCE, n_rows))
            block = self.vectors[part if rows is None else Rows(rows[part])]
            for at in range(0, len(queries), QUERIES_AT_ONCE):
                some = slice(at, at + QUERIES_AT_ONCE)
                _merge(Rows(found[some]), cosines[some], queries[some] @ block.T, start)
        if rows is not None and len(rows):
            found = Rows(np.where(found >= 0, rows[found], -1))
        return Neighbours(found, cosines)


def nothing_found(n_queries: int, k: int) -> Neighbours:
    """Return the answer to queries to which nothing is near."""
    cosines = np.full((n_queries, k), -np.inf, np.float32)
    return Neighbours(Rows(np.full((n_queries, k), -1, np.int64)), cosines)


def _merge(found: Rows, best: Embeddings, cosines: Embeddings, start: int) -> None:
    """Put what is better into `found` and `best`, (n_queries, k), in place.

    Parameters
    ----------
    found, best
        Rows and cosines so far, best first.
    cosines
        Of each query to the rows from `start` on, (n_queries, n_block).
    start
        Later than any row so far: of equal cosines, the earlier one stays.
    """
    k = found.shape[1]
    # A later row can only displace one that is strictly worse.
    better = cosines > best[:, -1:]
    if start == 0 and cosines.shape[1] > k:
        better &= cosines >= np.partition(cosines, -k, axis=1)[:, -k][:, None]
    # Few are, and they are found in a fifth of the time by one number than by two.
    lines, columns = np.divmod(np.flatnonzero(better), better.shape[1])
    n_queries = len(found)
    line = np.concatenate([np.repeat(np.arange(n_queries), k), lines])
    row = np.concatenate([found.ravel(), columns + start])
    cosine = np.concatenate([best.ravel(), cosines[lines, columns]])
    order = np.lexsort((row, -cosine, line))
    sizes = k + np.bincount(lines, minlength=n_queries)
    first = np.cumsum(sizes) - sizes
    chosen = order[first[:, None] + np.arange(k)]  # (n_queries, k)
    found[:] = row[chosen]
    best[:] = cosine[chosen]


def rescored(vectors: Vectors, queries: Embeddings, found: Rows) -> Neighbours:
    """Return what was found with exact cosines, best first, equal ones by row.

    Parameters
    ----------
    vectors, queries
        Unit rows, (n, dim) and (n_queries, dim).
    found
        Int64, (n_queries, width): rows of `vectors`, -1 where there is none.
    """
    near = vectors[Rows(np.maximum(found, 0).ravel())].reshape(*found.shape, -1)
    cosines = np.einsum("qd,qkd->qk", queries, near)
    cosines = np.where(found >= 0, cosines, -np.inf).astype(np.float32)
    order = np.lexsort((found, -cosines), axis=1)
    return Neighbours(
        Rows(np.take_along_axis(found, order, axis=1)), np.take_along_axis(cosines, order, axis=1)
    )


def by_row(found: Neighbours) -> Neighbours:
    """Put rows that are equally near one query in order, in place; `found` comes best first.

    Few queries have such rows, and to see which takes a fraction of the time of sorting all.
    """
    rows, cosines = found.rows, found.cosines
    turned = (cosines[:, :-1] == cosines[:, 1:]) & (rows[:, :-1] > rows[:, 1:])
    tied = np.flatnonzero((turned & (rows[:, 1:] >= 0)).any(axis=1))
    order = np.lexsort((rows[tied], -cosines[tied]), axis=1)
    rows[tied] = np.take_along_axis(rows[tied], order, axis=1)
    return found


def check_search(vectors: Vectors, queries: Embeddings, k: int) -> None:
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
    rows = Rows(np.asarray(within, np.int64))
    if (np.diff(rows) <= 0).any():
        rows = Rows(np.unique(rows))
    if rows.size and (rows[0] < 0 or rows[-1] >= n_rows):
        raise InputError(
            f"expected rows from 0 to {n_rows - 1}, got rows from {rows[0]} to {rows[-1]}"
        )
    return rows


def recall(found: Neighbours, truth: Neighbours) -> float:
    """Return the share of the true neighbours that were found, in [0, 1].

    Parameters
    ----------
    found, truth
        As for `recalls`.
    """
    shares = recalls(found, truth)
    return float(shares.mean()) if len(shares) else 1.0


def recalls(found: Neighbours, truth: Neighbours) -> npt.NDArray[np.float64]:
    """Return the share of the true neighbours that was found for each query, in [0, 1].

    An answer counts when it is at least as near as the last true neighbour, so that one
    of several equally near articles is as good as another. A query without neighbours
    is left out.

    Parameters
    ----------
    found, truth
        Answers to the same queries with the same k; `truth` from `ExactIndex`.
    """
    expected = (truth.rows >= 0).sum(axis=1)
    last = np.where(truth.rows >= 0, truth.cosines, np.inf).min(axis=1, keepdims=True)
    hits = ((found.rows >= 0) & (found.cosines >= last - TIE)).sum(axis=1)
    there = expected > 0
    shares: npt.NDArray[np.float64] = np.minimum(1.0, hits[there] / expected[there])
    return shares
