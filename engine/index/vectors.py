"""Rows of vectors in memory or in mapped half-precision shards, indexed alike."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NewType, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.disk.files import forget_pages
from engine.domain import Embeddings, Rows
from engine.errors import InputError, damaged

HalfRows: TypeAlias = npt.NDArray[np.float16]
"""Float16, C order, shape (n, dim)."""

Places = NewType("Places", npt.NDArray[np.int64])
"""Int64 numbers under which rows are stored, from 0, shape (n,); deleted rows keep theirs."""

CHECKED_ROWS = 256
"""Rows under one checksum: reading one row of 384 dimensions reads 192 KiB, 0.06 ms."""

SHARD_ROWS = 1 << 16
"""Rows of one file: 48 MiB at 384 dimensions. A multiple of `CHECKED_ROWS`."""

COPIED_RUN = 16
"""Rows that follow each other at the mean, below which they are copied to be read at once."""

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, against whose dates and vectors hits are weighed: with
2,000 dates a query takes 10 ms more, and no score of an evaluation changes in its fourth digit."""

UNIT_TOLERANCE = 1e-3
"""How far a row's length may be from 1: half precision stays within."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of rows.

    Attributes
    ----------
    first
        Place of its first row among all stored rows.
    rows
        Float16, (n, dim), memory-mapped.
    generation, file
        Where it comes from, for messages.
    """

    first: int
    rows: HalfRows
    generation: str
    file: str


@dataclass(frozen=True)
class MappedVectors:
    """Rows in memory-mapped shards; each is checked when it is first read.

    Attributes
    ----------
    shards
        By place; there may be gaps where all rows were deleted.
    places
        Int64, (n,): where each row is stored; None where that is its own number.
    n_stored
        Places in all, with those of deleted rows.
    dim
        Length of a row.
    checksums
        Uint32, (n_stored / CHECKED_ROWS, rounded up): CRC-32 of each run of
        `CHECKED_ROWS` places, counted from the start of each shard.
    """

    shards: Sequence[Shard]
    places: Places | None
    n_stored: int
    dim: int
    checksums: npt.NDArray[np.uint32]
    _checked: npt.NDArray[np.bool_] = field(repr=False, init=False)

    def __post_init__(self) -> None:
        """Remember that nothing was checked yet."""
        object.__setattr__(self, "_checked", np.zeros(len(self.checksums), bool))

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and dimensions."""
        return (self.n_stored if self.places is None else len(self.places)), self.dim

    def stored(self) -> MappedVectors:
        """Return all that is stored, each row under the number of its place."""
        return replace(self, places=None)

    def places_of(self, rows: Rows) -> Places:
        """Return where `rows` are stored, int64, (n_rows,)."""
        return Places(rows if self.places is None else self.places[rows])

    def checksums_of(self, shard: Shard) -> npt.NDArray[np.uint32]:
        """Return the checksums of one shard."""
        first = shard.first // CHECKED_ROWS
        return self.checksums[first : first + -(-len(shard.rows) // CHECKED_ROWS)]

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def __getitem__(self, rows: Rows | slice) -> Embeddings:
        """Return some rows, converted to float32, C order, (n_rows, dim).

        Those of a slice leave no pages of the files in memory.

        Raises
        ------
        DamagedError
            A row is not what was written.
        """
        scanned = isinstance(rows, slice)
        if isinstance(rows, slice):
            rows = Rows(np.arange(*rows.indices(self.shape[0])))
        out = np.empty((len(rows), self.dim), np.float32)
        self._read(rows, out, scanned=scanned)
        return out

    def halves(self, rows: Rows) -> HalfRows:
        """Return some rows as they are stored, C order, (n_rows, dim); raises as indexing does."""
        out = np.empty((len(rows), self.dim), np.float16)
        self._read(rows, out, scanned=False)
        return out

    def as_stored(self, rows: Rows) -> Iterator[tuple[npt.NDArray[np.int64], HalfRows]]:
        """Yield all of some rows as they are stored, checked, with their places in `rows`.

        They are in C order, and copied only where few of them follow each other.

        Raises
        ------
        DamagedError
            A row is not what was written.
        """
        for mine, shard, local in self._by_shard(rows):
            breaks = np.flatnonzero(np.diff(local) != 1) + 1
            if COPIED_RUN * len(breaks) > len(local):
                yield mine, shard.rows[local]
                continue
            for run in np.split(np.arange(len(local)), breaks):
                yield mine[run], shard.rows[local[run[0]] : local[run[-1]] + 1]

    def _read(self, rows: Rows, out: Embeddings | HalfRows, *, scanned: bool) -> None:
        """Fill `out`, (n_rows, dim), with some rows."""
        for mine, shard, local in self._by_shard(rows):
            if len(mine) == len(out):
                out[:] = _rows(shard.rows, local)
            else:
                out[mine] = _rows(shard.rows, local)
            if scanned:  # by whoever goes through all, and needs each once
                forget_pages(shard.rows[local.min() : local.max() + 1])

    def _by_shard(self, rows: Rows) -> Iterator[tuple[npt.NDArray[np.int64], Shard, Places]]:
        """Yield each shard that holds some of `rows`, checked: which of them, and where in it."""
        places = self.places_of(rows)
        unchecked = not self._checked[places // CHECKED_ROWS].all()
        firsts = np.array([shard.first for shard in self.shards], np.int64)
        holders = np.searchsorted(firsts, places, side="right") - 1
        order = np.argsort(holders, kind="stable")  # next to nothing where they ascend, as most do
        ends = np.cumsum(np.bincount(holders)).tolist()
        for shard, (start, end) in zip(self.shards, pairwise([0, *ends]), strict=False):
            if start < end:
                mine = order[start:end]
                local = Places(places[mine] - shard.first)
                if unchecked:
                    self._check(shard, local)
                yield mine, shard, local

    def take_for_checked(self, before: MappedVectors, shared: Set[str]) -> None:
        """Take for checked what `before` has checked of files that are `shared` with it.

        Of rows whose checksums are the same, too: a run is what they say of it.
        """
        for shard in self.shards:
            if shard.file in shared:
                first = shard.first // CHECKED_ROWS
                sums = self.checksums_of(shard)
                own = slice(first, first + len(sums))
                known = before.checksums[own]
                if len(known) == len(sums):
                    self._checked[own] = before._checked[own] & (known == sums)

    def _check(self, shard: Shard, local: Places) -> None:
        """Compare the runs that hold `local` rows of a shard with their checksums."""
        offset = shard.first // CHECKED_ROWS
        runs = np.flatnonzero(np.bincount(local // CHECKED_ROWS))
        new = runs[~self._checked[offset + runs]].tolist()
        for run in new:
            content = shard.rows[run * CHECKED_ROWS : (run + 1) * CHECKED_ROWS]
            if zlib.crc32(content.data) != self.checksums[offset + run]:
                what = f"was altered near row {run * CHECKED_ROWS}: a checksum does not match"
                raise damaged(shard.generation, shard.file, what)
            self._checked[offset + run] = True
        if new:  # of a run most often a row or two is wanted
            forget_pages(shard.rows[new[0] * CHECKED_ROWS : (new[-1] + 1) * CHECKED_ROWS])


def _rows(stored: HalfRows, local: Places) -> HalfRows:
    """Return some rows; without a copy where they follow each other."""
    if len(local) and local[-1] - local[0] == len(local) - 1 and (np.diff(local) == 1).all():
        return stored[local[0] : local[-1] + 1]
    return stored[local]


def sampled_rows(n_rows: int) -> Rows:
    """Return those of `n_rows` that hits are weighed against, ascending."""
    return Rows(np.arange(0, n_rows, max(1, n_rows // SAMPLED_ARTICLES)))


def run_checksums(rows: HalfRows) -> npt.NDArray[np.uint32]:
    """Return the CRC-32 of each run of `CHECKED_ROWS` rows of one shard."""
    starts = range(0, len(rows), CHECKED_ROWS)
    return np.array([zlib.crc32(rows[at : at + CHECKED_ROWS].data) for at in starts], np.uint32)


Vectors: TypeAlias = Embeddings | MappedVectors
"""Unit rows, (n, dim), in memory or mapped: ``vectors[rows]`` gives some in float32."""


def as_vectors(vectors: Vectors) -> Vectors:
    """Return `vectors`; arrays are checked, mapped rows were checked when written.

    Raises
    ------
    InputError
        An array does not hold unit rows in float32 and C order.
    """
    return checked(vectors) if isinstance(vectors, np.ndarray) else vectors


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
    # Not norm(): that would copy an array that may be as large as the memory.
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= 2 * UNIT_TOLERANCE))
    if wrong.size:
        raise InputError(
            f"expected unit rows, but row {wrong[0]} has length {lengths[wrong[0]] ** 0.5:.4g} "
            f"({wrong.size} such rows of {len(vectors)})"
        )
    return vectors
