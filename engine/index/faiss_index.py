"""Searching with FAISS behind the engine's protocol; distances end here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import RESCORED_ROWS, check_search, nothing_found, rescored, subset
from engine.index.vectors import COPIED_RUN, HalfRows, MappedVectors, Places, Vectors

Native: TypeAlias = Any
"""An object of FAISS's own; none leaves this package."""

COPIED_FROM = 16
"""Queries from which a filtered flat index compares with copies of the rows: FAISS multiplies
matrices only where there is no filter. Of 29,000 rows 1,024 queries took 0.6 s instead of 2.1."""

FEW_QUERIES = 8
"""Queries up to which each is compared with mapped halves where they lie. To make floats of 14,000
rows takes ten times as long as that; more queries repay it, as a product of matrices."""

FLAT_SUBSET = 20_000
"""Rows that are compared with all queries at once."""

SUBSET_SHARE = 16
"""One row in so many is compared besides these where they follow each other, as those of some days
do: of a million 60,000 take 10 ms so, as they are stored, and 23 through all lists; scattered ones,
which are copied first, 40 and 25."""

FILTERED_REFINEMENT = 2
"""How many times more candidates are refined behind a filter: at 5 % of the rows this
raises recall@16 from 0.94 to 0.98 where the filter goes by topic."""


def load_faiss() -> Native:
    """Import FAISS so that it shares the machine.

    Its OpenMP threads by default spin while they wait. Beside another busy process on 2
    cores that made training 100 times slower, so they are told to sleep, unless the user
    has set ``OMP_WAIT_POLICY``.
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
        Unit rows, (n, dim).
    parameters
        How an approximate kind was built, what it was tuned to (`n_probe` lists, and
        `refinement` candidates for each neighbour, give at least `recall`), and the
        `noise`: a cosine that unrelated articles hardly ever reach.
    native
        FAISS's own object.
    tail
        Another, learnt as `native` is, over what was stored after that was written; None where
        there is nothing. Both answer, so a growing base writes only this one.
    places
        Int64, (n,): the number under which FAISS knows each row, None where that is the
        row itself. Numbers that are not in here are deleted.
    """

    kind: str
    vectors: Vectors
    parameters: dict[str, float]
    native: Native = field(repr=False)
    tail: Native | None = field(repr=False, default=None)
    places: Places | None = field(repr=False, default=None)
    flat_subset: int = FLAT_SUBSET
    """A filter that leaves no more rows than this is searched exactly, and see `SUBSET_SHARE`."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.vectors)

    def search(self, queries: Embeddings, k: int, *, within: Rows | None = None) -> Neighbours:
        """Return the k nearest rows of each query, best first, equal ones by row.

        A filter is searched exactly when it leaves few rows. Behind a wider one, queries
        whose answers are short, or no nearer than unrelated articles are, are searched
        exactly again: an approximate index cannot be trusted with those.

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
        if not len(queries) or not len(self):
            return self._scored(queries, k, Rows(np.empty((len(queries), 0), np.int64)))
        if rows is None:
            return self._scored(queries, k, self._candidates(queries, min(k, len(self)), None))
        copied = self.kind == "flat" and len(queries) >= COPIED_FROM
        if copied or self._compares(rows):
            return self._scored(queries, k, self._exact(queries, k, rows))
        return self._filtered(queries, k, rows)

    def is_exact(self, within: Rows | None) -> bool:
        """Tell whether a search compares a query with all rows that may be found."""
        rows = subset(within, len(self))
        return self.kind == "flat" or (rows is not None and self._compares(rows))

    def _compares(self, rows: Rows) -> bool:
        """Tell whether each of some rows, ascending, is compared with a query."""
        if len(rows) <= self.flat_subset:
            return True
        if len(rows) > self.flat_subset + len(self) // SUBSET_SHARE:
            return False
        n_runs = 1 + np.count_nonzero(np.diff(rows) != 1)
        return bool(COPIED_RUN * n_runs <= len(rows))

    def _filtered(self, queries: Embeddings, k: int, rows: Rows) -> Neighbours:
        width = min(k, len(rows))
        answer = self._scored(queries, k, self._candidates(queries, width, rows))
        if self.kind == "flat":
            return answer
        # Short answers are -inf here, so they count as poor too.
        poor = np.flatnonzero(answer.cosines[:, width - 1] < self.parameters["noise"])
        if len(poor):
            again = self._scored(queries[poor], k, self._exact(queries[poor], k, rows))
            answer.rows[poor] = again.rows
            answer.cosines[poor] = again.cosines
        return answer

    def _candidates(self, queries: Embeddings, k: int, rows: Rows | None) -> Rows:
        """Return the rows FAISS finds, int64 (n_queries, k), -1 pads."""
        selectors = None
        if rows is not None:
            selectors = self._selectors(rows)
        elif self.places is not None:
            selectors = self._undeleted
        answers = []
        for number, native in enumerate(self.natives):
            options = {}
            if selectors is not None:
                filtered = rows is not None
                options["params"] = self._options(native, selectors[number], filtered=filtered)
            near, found = native.search(queries, k, **options)
            answers.append((near, np.where(found < 0, -1, found + self._firsts[number])))
        found = Rows(_nearest_of(answers, k))
        return found if self.places is None else Rows(self._rows_at[found])  # at -1 stands -1

    @property
    def natives(self) -> tuple[Native, ...]:
        """FAISS's own objects, in the order of what is stored."""
        return (self.native,) if self.tail is None else (self.native, self.tail)

    @property
    def n_stored(self) -> int:
        """Stored vectors, with those that are deleted."""
        return sum(int(native.ntotal) for native in self.natives)

    @property
    def _firsts(self) -> tuple[int, int]:
        """Place of the first vector of each of `natives`."""
        return 0, int(self.native.ntotal)

    def _options(self, native: Native, selector: Native, *, filtered: bool) -> Native:
        faiss = load_faiss()
        if self.kind == "flat":
            return faiss.SearchParameters(sel=selector)
        lists = faiss.extract_index_ivf(native)
        n_probe = lists.nlist if filtered else lists.nprobe
        probing = faiss.SearchParametersIVF(sel=selector, nprobe=n_probe)
        if self.kind == "ivf-flat":
            return probing
        factor = FILTERED_REFINEMENT if filtered else 1
        return faiss.IndexRefineSearchParameters(
            k_factor=native.k_factor * factor, base_index_params=probing
        )

    def _selectors(self, rows: Rows) -> list[Native]:
        """Return what lets each of `natives` find only `rows`."""
        mask = np.zeros(self.n_stored, bool)
        mask[rows if self.places is None else self.places[rows]] = True
        parts = np.split(mask, [self.native.ntotal])[: len(self.natives)]
        packed = [np.packbits(part, bitorder="little") for part in parts]
        return [load_faiss().IDSelectorBitmap(bits) for bits in packed]

    @cached_property
    def _undeleted(self) -> list[Native]:
        return self._selectors(Rows(np.arange(len(self))))

    @cached_property
    def _rows_at(self) -> Rows:
        """Row of each number that FAISS may answer, int64; -1 at the end stands for none."""
        rows = Rows(np.full(self.n_stored + 1, -1, np.int64))
        rows[self.places] = np.arange(len(self))
        return rows

    def _exact(self, queries: Embeddings, k: int, rows: Rows) -> Rows:
        """Return the k nearest of `rows`, compared one by one; int64 (n_queries, k)."""
        if not len(rows):
            return Rows(np.empty((len(queries), 0), np.int64))
        if isinstance(self.vectors, MappedVectors) and len(queries) <= FEW_QUERIES:
            return _nearest_halves(self.vectors, queries, min(k, len(rows)), rows)
        faiss = load_faiss()
        heap = faiss.ResultHeap(len(queries), min(k, len(rows)), keep_max=True)
        for start in range(0, len(rows), FLAT_SUBSET):
            block = Rows(rows[start : start + FLAT_SUBSET])
            cosines, columns = faiss.knn(
                queries,
                _widened(self.vectors, block),
                min(k, len(block)),
                metric=faiss.METRIC_INNER_PRODUCT,
            )
            heap.add_result(cosines, block[columns])
        heap.finalize()
        return Rows(np.asarray(heap.I, np.int64))

    def _scored(self, queries: Embeddings, k: int, found: Rows) -> Neighbours:
        """Return `found` with exact cosines, sorted and padded to k columns."""
        n_queries, width = found.shape
        answer = nothing_found(n_queries, k)
        step = max(1, RESCORED_ROWS // max(1, width))
        parts = [slice(at, at + step) for at in range(0, n_queries if width else 0, step)]

        def score(part: slice) -> None:
            best = rescored(self.vectors, queries[part], Rows(found[part]))
            answer.rows[part, :width] = best.rows
            answer.cosines[part, :width] = best.cosines

        if len(parts) == 1:
            score(parts[0])
        else:
            from concurrent.futures import ThreadPoolExecutor  # one question needs none

            # numpy gathers, converts and multiplies without the interpreter's lock.
            with ThreadPoolExecutor(load_faiss().omp_get_max_threads()) as threads:
                list(threads.map(score, parts))
        return answer


def _nearest_halves(vectors: MappedVectors, queries: Embeddings, k: int, rows: Rows) -> Rows:
    """Return the k nearest of `rows`, of which there are as many, in no order; (n_queries, k)."""
    scanners = _scanners(vectors.dim)
    found = Rows(np.full((len(queries), k), -1, np.int64))
    cosines = np.full((len(queries), k), -np.inf, np.float32)
    for start in range(0, len(rows), FLAT_SUBSET):
        block = Rows(rows[start : start + FLAT_SUBSET])
        for places, halves in vectors.as_stored(block):
            for query, near, best in zip(queries, cosines, found, strict=True):
                scanners.scan(query, halves, Rows(block[places]), near, best)
    return found


class _Scanners:
    """Compare a query with lists of halves anywhere in memory.

    Those that nobody uses just now are kept, since FAISS takes none back from Python.

    Parameters
    ----------
    dim
        Length of the vectors.
    """

    def __init__(self, dim: int) -> None:
        self._codec = _halves(dim)
        self._idle: list[Native] = []

    def scan(
        self,
        query: npt.NDArray[np.float32],
        halves: HalfRows,
        rows: Rows,
        near: npt.NDArray[np.float32],
        best: npt.NDArray[np.int64],
    ) -> None:
        """Put those of `rows`, given as `halves`, into a heap, (k,), that are nearer."""
        faiss = load_faiss()
        try:
            scanner = self._idle.pop()  # so no two threads have the same
        except IndexError:
            scanner = self._codec.select_InvertedListScanner(
                faiss.METRIC_INNER_PRODUCT, None, False, None
            )
        codes, *arrays = map(faiss.swig_ptr, (halves.view(np.uint8), rows, near, best))
        scanner.set_query(faiss.swig_ptr(query))
        scanner.scan_codes(len(rows), codes, *arrays, len(near))
        self._idle.append(scanner)


@cache
def _scanners(dim: int) -> _Scanners:
    return _Scanners(dim)


@cache
def _halves(dim: int) -> Native:
    """Return FAISS's own codec of halves, which scanners refer to for as long as they are used."""
    faiss = load_faiss()
    return faiss.ScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16)


def _widened(vectors: Vectors, rows: Rows) -> Embeddings:
    """Return ``vectors[rows]``; FAISS makes floats of halves in half the time that numpy does."""
    if not isinstance(vectors, MappedVectors):
        return vectors[rows]
    found: Embeddings = _halves(vectors.dim).decode(vectors.halves(rows).view(np.uint8))
    return found


def _nearest_of(
    answers: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]], k: int
) -> npt.NDArray[np.int64]:
    """Return the k numbers with the greatest cosines of all answers, -1 pads.

    Parameters
    ----------
    answers
        Cosines, as nearly as FAISS knows them, and numbers, (n_queries, k) each.
    k
        How many.
    """
    if len(answers) == 1:
        return answers[0][1]
    near, found = (np.concatenate(some, axis=1) for some in zip(*answers, strict=True))
    near[found < 0] = -np.inf
    order = np.argsort(-near, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, order, axis=1)
