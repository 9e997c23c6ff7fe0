"""Nearest rows of many vectors, shard by shard: cut by time, built, searched and merged.

A shard lies in files, so whoever works on a part needs the folder and the part alone. A shard
of several lists misses neighbours, and so would one index of that kind over all vectors; the
cosine of what is found is always exact, so which of two shards holds a row changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import by_row, nothing_found
from engine.index.faiss_build import FLAT_ROWS
from engine.index.lists import ListIndex, cut_into_lists, lists_for, tuned
from engine.protocols import Executor

QUERIES_AT_ONCE = 8192
"""Queries of one part: 12 MiB of vectors, and some seconds of one processor."""

Times = npt.NDArray[np.float64]
"""Float64, shape (n,): seconds since 1970 UTC, NaN where not known."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows that follow each other in time, and how they are indexed.

    Attributes
    ----------
    number
        Of the shard, from 0.
    rows
        Int64, (n,): which rows they are, by time where there are several shards.
    n_lists
        Lists of near rows that it is cut into; 1 where all its rows are compared.
    """

    number: int
    rows: Rows
    n_lists: int


@dataclass(frozen=True, slots=True)
class BuildPart:
    """A shard whose index is to be built."""

    number: int
    n_lists: int

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"lists of shard {self.number}"


@dataclass(frozen=True, slots=True)
class SearchPart:
    """Rows of one shard that are to be searched for in some.

    Attributes
    ----------
    shard, start, stop
        The queries: rows of a shard, counted from its first; those of the only one list by list,
        so that many of a part look into the same lists.
    targets
        Numbers of the shards to search in.
    """

    shard: int
    start: int
    stop: int
    targets: tuple[int, ...]

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"neighbours of rows {self.start} to {self.stop - 1} of shard {self.shard}"


def nearest_in_shards(
    executor: Executor,
    folder: Path,
    vectors: Embeddings,
    times: Times,
    k: int,
    *,
    most_rows: int,
    reach: float,
    flat_rows: int = FLAT_ROWS,
) -> Neighbours:
    """Return the k nearest rows of each row, itself among them, equally near ones by row.

    Parameters
    ----------
    executor
        Works on the parts.
    folder
        Empty; where its workers find the shards.
    vectors
        Float32, (n, dim): unit rows; read by pieces, so they may lie in a file.
    times
        Of the rows. Undated ones are near to all in time.
    k
        Rows wanted, at least 1.
    most_rows
        Rows of a shard at most.
    reach
        Seconds. Where there are several shards, those that are farther in time than this
        from all rows of a part are not searched for it.
    flat_rows
        Rows up to which all are compared with all. A shard is compared row by row where that
        takes no more comparisons than these do.
    """
    shards, parts = plan(times, most_rows=most_rows, flat_rows=flat_rows, reach=reach)
    for shard in shards:
        _write_rows(_given(folder, shard.number, shard.n_lists), vectors, shard.rows)
        np.save(_rows(folder, shard.number), shard.rows)
    builds = [BuildPart(shard.number, shard.n_lists) for shard in shards]
    for build, _ in executor.map(partial(ShardBuild, folder, k), builds):
        if build.n_lists > 1:
            _vectors(folder, build.number).unlink()
    found, alone = nothing_found(len(vectors), k), len(shards) == 1
    asked = [ListIndex.read(_lists(folder, 0)).order] if alone else [one.rows for one in shards]
    for part, answer in executor.map(partial(ShardSearch, folder, k, by_list=alone), parts):
        rows = asked[part.shard][part.start : part.stop]
        found.rows[rows], found.cosines[rows] = answer.rows, answer.cosines
    return found


def plan(
    times: Times, *, most_rows: int, flat_rows: int, reach: float
) -> tuple[list[Shard], list[SearchPart]]:
    """Return the shards of rows of these `times`, and what is to be searched for in which.

    It depends on the times alone, so the answer is the same wherever the parts are worked on.
    Other parameters are those of `nearest_in_shards`.
    """
    cuts = _cut(times, most_rows)
    if len(cuts) == 1:
        reach = np.inf  # its rows are in no order of time
    searched: list[tuple[int, int, int, list[int]]] = []
    n_queries = np.zeros(len(cuts), np.int64)
    for number, rows in enumerate(cuts):
        for start in range(0, len(rows), QUERIES_AT_ONCE):
            queries = Rows(rows[start : start + QUERIES_AT_ONCE])
            targets = [
                other for other, there in enumerate(cuts) if _gap(times, queries, there) <= reach
            ]
            searched.append((number, start, start + len(queries), targets))
            n_queries[targets] += len(queries)
    shards = [
        Shard(number, rows, 1 if asked * len(rows) <= flat_rows**2 else lists_for(len(rows)))
        for number, (rows, asked) in enumerate(zip(cuts, n_queries.tolist(), strict=True))
    ]
    parts = [
        SearchPart(number, start, stop, tuple(targets)) for number, start, stop, targets in searched
    ]
    return shards, parts


def _cut(times: Times, most_rows: int) -> list[Rows]:
    """Return the rows of each shard, several by time; undated ones are in shards of their own."""
    if len(times) <= most_rows:
        return [Rows(np.arange(len(times)))]
    order = np.argsort(times, kind="stable")  # undated rows come last
    dated, undated = np.split(order, [int((~np.isnan(times)).sum())])
    return [
        Rows(rows)
        for some in (dated, undated)
        if len(some)
        for rows in np.array_split(some, -(-len(some) // most_rows))
    ]


def _gap(times: Times, one: Rows, other: Rows) -> float:
    """Return the seconds between two runs of rows by time; 0 where either is undated."""
    gap = max(times[other[0]] - times[one[-1]], times[one[0]] - times[other[-1]], 0.0)
    return 0.0 if np.isnan(gap) else float(gap)


@dataclass(frozen=True, slots=True)
class ShardBuild:
    """Builds indexes of shards.

    Attributes
    ----------
    folder
        Where the shards lie.
    k
        Rows that will be wanted of each search.
    """

    folder: Path
    k: int

    def __call__(self, part: BuildPart) -> None:
        """Build one; its file is there once it is whole."""
        vectors = _mapped(_given(self.folder, part.number, part.n_lists))
        lists = cut_into_lists(vectors, part.n_lists)
        listed = _listed(self.folder, part.number)
        if part.n_lists > 1:
            _write_rows(listed, vectors, lists.order)
        lists = tuned(lists, _mapped(listed), self.k)
        path = _lists(self.folder, part.number)
        beside = path.with_suffix(".new")
        lists.write(beside)
        beside.replace(path)


class ShardSearch:
    """Searches in shards, each opened when it is first asked; pages are read as they are used.

    Parameters
    ----------
    folder
        Where the shards lie.
    k
        Rows wanted of each search.
    by_list
        Whether parts count rows list by list, as they do where there is one shard.
    """

    def __init__(self, folder: Path, k: int, *, by_list: bool) -> None:
        self._folder = folder
        self._k = k
        self._by_list = by_list
        self._opened = cache(self._open)

    def __call__(self, part: SearchPart) -> Neighbours:
        """Return the nearest rows of each query of a part."""
        shard, asked = self._opened(part.shard), slice(part.start, part.stop)
        if self._by_list:
            return self._nearest(shard.listed[asked], part)
        places = shard.places[asked]
        order = np.argsort(places)  # those side by side look into the same lists
        found, back = self._nearest(shard.listed[places[order]], part), np.argsort(order)
        return Neighbours(Rows(found.rows[back]), found.cosines[back])

    def _nearest(self, queries: Embeddings, part: SearchPart) -> Neighbours:
        return merged([self._answer(queries, number) for number in part.targets], self._k)

    def _answer(self, queries: Embeddings, number: int) -> Neighbours:
        shard = self._opened(number)
        found = shard.lists.search(shard.listed, queries, self._k)
        rows = np.where(found.rows >= 0, shard.rows[found.rows], -1)
        return Neighbours(Rows(rows), found.cosines)

    def _open(self, number: int) -> _Opened:
        lists = ListIndex.read(_lists(self._folder, number))
        listed = _mapped(_listed(self._folder, number))
        rows = Rows(np.load(_rows(self._folder, number)))
        return _Opened(rows, Rows(np.argsort(lists.order)), listed, lists)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A shard that is searched in.

    Attributes
    ----------
    rows
        Int64, (n,): which rows they are.
    places
        Int64, (n,): where each is in `listed`.
    listed
        Float32, (n, dim): vectors, list by list; mapped.
    lists
        Of its rows.
    """

    rows: Rows
    places: Rows
    listed: Embeddings
    lists: ListIndex


def merged(answers: Sequence[Neighbours], k: int) -> Neighbours:
    """Return the k nearest rows of all answers to the same queries."""
    if len(answers) == 1 and answers[0].rows.shape[1] == k:
        return by_row(answers[0])
    rows = np.concatenate([answer.rows for answer in answers], axis=1)
    cosines = np.concatenate([answer.cosines for answer in answers], axis=1)
    order = np.lexsort((rows, -cosines), axis=1)[:, :k]
    return Neighbours(
        Rows(np.take_along_axis(rows, order, axis=1)), np.take_along_axis(cosines, order, axis=1)
    )


def _write_rows(path: Path, vectors: Embeddings, rows: Rows) -> None:
    """Write the vectors of `rows`, a part at a time."""
    shape = {"descr": "<f4", "fortran_order": False, "shape": (len(rows), vectors.shape[1])}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, shape)
        for start in range(0, len(rows), QUERIES_AT_ONCE):
            file.write(vectors[rows[start : start + QUERIES_AT_ONCE]].tobytes())


def _mapped(path: Path) -> Embeddings:
    """Return the vectors of a file, of which pages are read as they are used."""
    stored: Embeddings = np.load(path, mmap_mode="r")
    return np.asarray(stored)


def _given(folder: Path, number: int, n_lists: int) -> Path:
    """Return where a shard's vectors are written at first: those of one list are in its order."""
    return _listed(folder, number) if n_lists == 1 else _vectors(folder, number)


def _vectors(folder: Path, number: int) -> Path:
    """Float32, (n, dim): unit rows, until they are indexed."""
    return folder / f"vectors-{number}.npy"


def _listed(folder: Path, number: int) -> Path:
    """Float32, (n, dim): the same, list by list."""
    return folder / f"listed-{number}.npy"


def _rows(folder: Path, number: int) -> Path:
    """Int64, (n,): which rows they are."""
    return folder / f"rows-{number}.npy"


def _lists(folder: Path, number: int) -> Path:
    return folder / f"lists-{number}.npz"
