"""FAISS behind the engine's own protocol; distances and its object model end here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.errors import DamagedError
from engine.indexing.exact import check_search, subset

Native: TypeAlias = Any
"""An object of FAISS's own; none leaves this module."""

FLAT_SUBSET = 20_000
"""A filter that leaves no more rows than this is searched exactly."""

RESCORED_ROWS = 1 << 14
"""Candidates whose exact cosine is computed at once (24 MiB at 384 dimensions)."""


def load_faiss() -> Native:
    """Import FAISS so that it shares the machine.

    Its OpenMP threads by default spin while they wait. Beside another busy process on 2
    cores that made training 100 times slower; waiting passively cost nothing measurable.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import faiss

    return faiss


@dataclass(frozen=True)
class FaissIndex:
    """One FAISS index over the rows of `vectors`.

    Cosines are always computed from `vectors`, so they are exact for every kind; an
    approximate kind can miss a neighbour but never misstate one.

    Attributes
    ----------
    kind
        ``"flat"``, ``"ivf-flat"`` or ``"ivf-pq"``.
    vectors
        Float32, (n, dim), unit rows; kept, not copied.
    parameters
        What the index was built with, for the manifest.
    native
        FAISS's own object, for `faiss_build`.
    """

    kind: str
    vectors: Embeddings
    parameters: dict[str, int]
    native: Native = field(repr=False)
    _buffer: npt.NDArray[np.uint8] | None = field(repr=False, default=None)
    """Memory that FAISS reads from without a copy."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.vectors)

    def search(self, queries: Embeddings, k: int, *, within: Rows | None = None) -> Neighbours:
        """Return the k nearest rows of each query, best first, equal ones by row.

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
        if rows is not None and len(rows) <= FLAT_SUBSET:
            return self._search_subset(queries, k, rows)
        found = self._candidates(queries, min(k, len(self)), rows)
        if rows is not None and (found < 0).any():
            # The lists that were looked at hold too few of the rows asked for.
            poor = np.flatnonzero((found < 0).any(axis=1))
            found[poor] = self._exact_rows(queries[poor], found.shape[1], rows)
        return self._scored(queries, k, found)

    def _candidates(self, queries: Embeddings, k: int, rows: Rows | None) -> Rows:
        """Return the rows FAISS finds, int64 (n_queries, k), -1 pads."""
        if not k or not len(queries):
            return np.full((len(queries), k), -1, np.int64)
        faiss = load_faiss()

        if rows is None:
            return np.asarray(self.native.search(queries, k)[1], np.int64)
        mask = np.zeros(len(self), bool)
        mask[rows] = True
        selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        options = _SEARCH_OPTIONS[self.kind](self.native, selector)
        return np.asarray(self.native.search(queries, k, params=options)[1], np.int64)

    def _search_subset(self, queries: Embeddings, k: int, rows: Rows) -> Neighbours:
        found = self._exact_rows(queries, min(k, len(rows)), rows)
        return self._scored(queries, k, found)

    def _exact_rows(self, queries: Embeddings, k: int, rows: Rows) -> Rows:
        """Return the k nearest of `rows`, compared one by one; int64 (n_queries, k)."""
        if not k or not len(queries):
            return np.full((len(queries), k), -1, np.int64)
        faiss = load_faiss()

        heap = faiss.ResultHeap(len(queries), k, keep_max=True)
        for start in range(0, len(rows), FLAT_SUBSET):
            block = rows[start : start + FLAT_SUBSET]
            width = min(k, len(block))
            cosines, places = faiss.knn(
                queries, self.vectors[block], width, metric=faiss.METRIC_INNER_PRODUCT
            )
            heap.add_result(cosines, block[places])
        heap.finalize()
        return np.asarray(heap.I, np.int64)

    def _scored(self, queries: Embeddings, k: int, found: Rows) -> Neighbours:
        """Return `found` with exact cosines, sorted and padded to k columns."""
        n_queries, width = found.shape
        cosines = np.full((n_queries, k), -np.inf, np.float32)
        rows = np.full((n_queries, k), -1, np.int64)
        step = max(1, RESCORED_ROWS // max(1, width))
        for start in range(0, n_queries if width else 0, step):
            block = found[start : start + step]  # (step, width)
            near = self.vectors[np.maximum(block, 0)]  # (step, width, dim)
            scores = np.einsum("qd,qkd->qk", queries[start : start + step], near)
            scores = np.where(block >= 0, scores, -np.inf).astype(np.float32)
            order = np.lexsort((block, -scores), axis=1)
            rows[start : start + step, :width] = np.take_along_axis(block, order, axis=1)
            cosines[start : start + step, :width] = np.take_along_axis(scores, order, axis=1)
        return Neighbours(rows, cosines)


def _ivf_options(index: Native, selector: Native) -> Native:
    faiss = load_faiss()

    return faiss.SearchParametersIVF(sel=selector, nprobe=index.nprobe)


def _refined_options(index: Native, selector: Native) -> Native:
    faiss = load_faiss()

    base = faiss.downcast_index(index.base_index)
    return faiss.IndexRefineSearchParameters(
        k_factor=index.k_factor, base_index_params=_ivf_options(base, selector)
    )


def _flat_options(index: Native, selector: Native) -> Native:  # noqa: ARG001 - one shape for all kinds
    faiss = load_faiss()

    return faiss.SearchParameters(sel=selector)


_SEARCH_OPTIONS: dict[str, Callable[[Native, Native], Native]] = {
    "flat": _flat_options,
    "ivf-flat": _ivf_options,
    "ivf-pq": _refined_options,
}

KINDS = tuple(_SEARCH_OPTIONS)
"""Names of the kinds of index, from exact to most compressed."""


def write_index(index: FaissIndex, path: Path) -> None:
    """Write `index` without its vectors; the caller sees to durability.

    Raises
    ------
    OSError
        The file cannot be written whole.
    """
    faiss = load_faiss()

    try:
        faiss.write_index(index.native, str(path))
    except RuntimeError as error:
        raise OSError(f"cannot write {path}: {error}") from error


def read_index(
    data: npt.NDArray[np.uint8], vectors: Embeddings, *, kind: str, parameters: dict[str, int]
) -> FaissIndex:
    """Read what `write_index` wrote.

    Parameters
    ----------
    data
        The bytes of the file, uint8; may be memory-mapped, kept while the index lives.
    vectors
        The rows that the index was built over, float32, (n, dim).
    kind, parameters
        As the manifest records them.

    Raises
    ------
    DamagedError
        The bytes are no index, or one over other vectors.
    """
    faiss = load_faiss()

    try:
        reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.size)
        index = faiss.read_index(reader)
    except RuntimeError as error:
        raise DamagedError("the FAISS index cannot be read") from error
    if (index.ntotal, index.d) != vectors.shape or kind not in KINDS:
        raise DamagedError(
            f"the FAISS index ({kind}) is over {index.ntotal} vectors of {index.d} dimensions, "
            f"expected {vectors.shape[0]} of {vectors.shape[1]}"
        )
    return FaissIndex(kind, vectors, parameters, index, data)
