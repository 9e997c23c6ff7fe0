"""The nearest rows of many rows at once: lists of rows that are near, compared as matrices.

FAISS looks into its lists one query at a time. Where all rows are asked for, so many ask for one
list that a product of matrices answers them, which takes a fraction of the time.
"""

from __future__ import annotations

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import RESCORED_ROWS, ROWS_AT_ONCE, ExactIndex, rescored
from engine.index.faiss_build import FLAT_ROWS, SEED, sample
from engine.index.faiss_index import Native, load_faiss
from engine.index.tuning import QUERIES, RECALL, SURE_DEVIATIONS

LISTS_PER_ROOT = 3.2
"""Lists for each square root of the number of rows. Until 95 % of the neighbours of 100,000
made-up rows are found, twice as many lists take 1.4 times as long with learning, half as many
1.1 times."""

TRAINING_ROWS_PER_LIST = 20
TRAINING_ROUNDS = 5
"""Of k-means. Lists that are learnt longer are not better here, and learning is a third of all."""

NO_SLACK = -2.0
"""Cosines do not differ by more, so no list is looked into after the first ones, unless these
have fewer rows than are wanted."""

QUERIES_AT_ONCE = 1 << 11
"""Queries that one thread compares with all rows at once. Two threads that share a product take
three times the processor time of one, and on a busy machine no less of the clock."""

LISTED_QUERIES_AT_ONCE = 1 << 13
"""Queries that one thread looks up in lists at once. The more there are, the more ask for one list
and the larger are the products: those of 8,192 take half of the time that those of 2,048 do."""

COSINES_AT_ONCE = 1 << 24
"""Cosines that are held at once: 64 MiB."""

Numbers = npt.NDArray[np.int64]
"""Int64: numbers of lists."""

Asked = npt.NDArray[np.bool_]
"""Bool, shape (n_queries, n_lists): which lists are looked into for which query."""


@dataclass(frozen=True, slots=True)
class ListIndex:
    """Rows in lists, those near to one centre in each.

    Attributes
    ----------
    centres
        Float32, (n_lists, dim): unit rows.
    order
        Int64, (n,): the rows list by list; searches get their vectors in this order, so that
        those of a list are read where they are.
    starts
        Int64, (n_lists + 1,): where each list begins in `order`.
    n_first
        Lists that are looked into first; all of them find everything.
    slack
        Lists are looked into next whose centre is as near as the farthest of the k rows that
        were found by then, or farther by this cosine at most; nearer by so much if negative.
    """

    centres: Embeddings
    order: Rows
    starts: npt.NDArray[np.int64]
    n_first: int
    slack: float

    def search(self, listed: Embeddings, queries: Embeddings, k: int) -> Neighbours:
        """Return the k nearest rows of each query, best first.

        Parameters
        ----------
        listed
            Float32, (n, dim): the unit rows that the lists were made of, in the order of these.
        queries
            Float32, (n_queries, dim), unit rows; those that are near to each other side by side
            are answered soonest.
        k
            Neighbours wanted, at least 1.
        """
        step = QUERIES_AT_ONCE if len(self.starts) == 2 else LISTED_QUERIES_AT_ONCE
        if len(queries) <= step:
            with one_thread():
                return self._answer(listed, queries, k)
        blocks = range(0, len(queries), step)
        with threads() as pool, one_thread():
            answers = pool.map(lambda at: self._answer(listed, queries[at : at + step], k), blocks)
            found = list(answers)
        return Neighbours(
            Rows(np.concatenate([block.rows for block in found])),
            np.concatenate([block.cosines for block in found]),
        )

    def _answer(self, listed: Embeddings, queries: Embeddings, k: int) -> Neighbours:
        """Do what `search` does, in this thread."""
        near = queries @ self.centres.T
        first = _nearest(near, self.n_first)
        heap = self.looked_into(listed, queries, first, k)
        more = (near >= heap.D[:, :1] - self.slack) & ~first  # the root of a heap is its worst
        self._compare(heap, listed, queries, more)
        found = in_order(heap, listed, queries)
        rows = np.where(found.rows >= 0, self.order[found.rows], -1)
        return Neighbours(Rows(rows), found.cosines)

    def looked_into(self, listed: Embeddings, queries: Embeddings, asked: Asked, k: int) -> Native:
        """Return a heap of the k best places of each query in the lists that it asks for."""
        heap = load_faiss().ResultHeap(len(queries), k, keep_max=True)
        self._compare(heap, listed, queries, asked)
        return heap

    def _compare(self, heap: Native, listed: Embeddings, queries: Embeddings, asked: Asked) -> None:
        """Put what is better into `heap`, list by list."""
        asking, numbers = np.divmod(np.flatnonzero(asked), asked.shape[1])
        by_list = np.argsort(numbers.astype(np.uint32), kind="stable")
        asking, numbers = asking[by_list], numbers[by_list]
        cuts = np.searchsorted(numbers, np.arange(len(self.starts)))
        for number in np.flatnonzero(np.diff(cuts)).tolist():
            lines = asking[cuts[number] : cuts[number + 1]]
            some = queries[lines]
            step = max(1, COSINES_AT_ONCE // len(lines))
            for start in range(self.starts[number], self.starts[number + 1], step):
                places = np.arange(start, min(start + step, self.starts[number + 1]))
                block = listed[places[0] : places[-1] + 1]
                heap.add_result_subset(lines, some @ block.T, places)

    def write(self, path: Path) -> None:
        """Write the lists, without the vectors."""
        with path.open("wb") as file:
            np.savez(
                file,
                centres=self.centres,
                order=self.order,
                starts=self.starts,
                n_first=self.n_first,
                slack=self.slack,
            )

    @classmethod
    def read(cls, path: Path) -> ListIndex:
        """Read what `write` wrote."""
        with np.load(path) as held:
            arrays = held["centres"], Rows(held["order"]), held["starts"]
            return cls(*arrays, int(held["n_first"]), float(held["slack"]))


def in_order(heap: Native, vectors: Embeddings, queries: Embeddings) -> Neighbours:
    """Return what a heap of the best rows of each query holds, by exact cosines."""
    found, cosines = Rows(heap.I), heap.D  # in the order of a heap
    step = max(1, RESCORED_ROWS // heap.k)
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        best = rescored(vectors, queries[block], Rows(found[block]))
        found[block], cosines[block] = best.rows, best.cosines
    return Neighbours(found, cosines)


def lists_for(n_rows: int) -> int:
    """Return how many lists suit so many rows; 1 where comparing all costs no more."""
    return 1 if n_rows <= FLAT_ROWS else round(LISTS_PER_ROOT * n_rows**0.5)


def cut_into_lists(vectors: Embeddings, n_lists: int) -> ListIndex:
    """Put rows into lists, all of which are looked into; equal vectors give equal lists.

    Parameters
    ----------
    vectors
        Float32, (n, dim): unit rows.
    n_lists
        How many; with 1 every row is compared with every query.
    """
    if n_lists == 1:
        centres = np.zeros((1, vectors.shape[1]), np.float32)
        bounds = np.array([0, len(vectors)])
        return ListIndex(centres, Rows(np.arange(len(vectors))), bounds, 1, NO_SLACK)
    with one_thread():
        centres = _centres(vectors, n_lists)
        own = np.concatenate(
            [
                (vectors[start : start + ROWS_AT_ONCE] @ centres.T).argmax(axis=1)
                for start in range(0, len(vectors), ROWS_AT_ONCE)
            ]
        )
    order = Rows(np.argsort(own, kind="stable"))
    starts = np.searchsorted(own[order], np.arange(n_lists + 1))
    return ListIndex(centres, order, starts, n_lists, NO_SLACK)


def _centres(vectors: Embeddings, n_lists: int) -> Embeddings:
    means = load_faiss().Kmeans(
        vectors.shape[1],
        n_lists,
        niter=TRAINING_ROUNDS,
        spherical=True,
        seed=SEED,
        min_points_per_centroid=1,
    )
    means.train(sample(vectors, TRAINING_ROWS_PER_LIST * n_lists))
    centres: Embeddings = means.centroids
    return centres


def tuned(lists: ListIndex, listed: Embeddings, k: int, *, target: float = RECALL) -> ListIndex:
    """Return `lists` set to the cheapest effort that surely finds the share `target`.

    Some rows are searched for exactly; the list of each neighbour says with which slack it is
    found. What an effort costs is how many rows are compared, not a clock, so the same vectors
    always give the same index.

    Parameters
    ----------
    lists
        Which all rows are in.
    listed
        Float32, (n, dim): the vectors, list by list.
    k
        Neighbours that will be wanted. Tuned to 16 where 41 were, clustering lost a point of
        B-cubed F1 on uci_titles_2014 and ntrex_parallel against comparing all; so it loses 0.3.
    target
        Share of the neighbours, in (0, 1].
    """
    sizes = np.diff(lists.starts)
    if len(sizes) == 1:
        return lists
    n_queries = min(QUERIES, len(listed))
    rows = np.random.default_rng(SEED).choice(len(listed), n_queries, replace=False)
    queries = listed[np.isin(lists.order, rows)]
    wanted = min(max(k, 2), len(listed))
    least, best, n_first = np.inf, lists, 1
    with one_thread():
        nearest = ExactIndex(listed).search(queries, wanted).rows[:, 1:]
        truth = np.searchsorted(lists.starts, nearest, side="right") - 1  # lists of neighbours
        near = queries @ lists.centres.T
        while n_first < len(sizes):
            first = _nearest(near, n_first)
            if (first @ sizes).mean() >= least:
                break
            heap = lists.looked_into(listed, queries, first, wanted)
            lacking = np.where(first, NO_SLACK, np.maximum(heap.D[:, :1] - near, NO_SLACK))
            slack = _least_slack(np.take_along_axis(lacking, truth, axis=1), target)
            cost = (first | (lacking <= slack)) @ sizes
            if cost.mean() < least:
                least, best = cost.mean(), replace(lists, n_first=n_first, slack=slack)
            n_first *= 2
    return best


def _least_slack(lacking: npt.NDArray[np.float64], target: float) -> float:
    """Return the slack with which the share `target` of the neighbours is surely found.

    Parameters
    ----------
    lacking
        The slack that finds each neighbour, (n_queries, n_neighbours); any does where `NO_SLACK`.
    target
        In (0, 1].
    """
    slacks = np.unique(lacking)

    def suffices(slack: float) -> bool:
        shares = (lacking <= slack).mean(axis=1)
        sure = shares.mean() - SURE_DEVIATIONS * shares.std() / len(shares) ** 0.5
        return bool(sure >= target)

    return float(slacks[bisect_left(slacks, True, key=suffices)])


@cache
def _libraries() -> ThreadpoolController:
    """Return what sets the threads of the libraries that multiply; to look for them takes long."""
    load_faiss()  # what is loaded later is not set
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Let each product of matrices have one thread meanwhile.

    Two round otherwise than one, so neighbours that are as near as each other would depend on how
    many processors there are.
    """
    limits: AbstractContextManager[object] = _libraries().limit(limits=1)
    return limits


def threads() -> ThreadPoolExecutor:
    """Return as many threads as a product of matrices may have now, for products of one each."""
    given = [held["num_threads"] for held in _libraries().info() if held["user_api"] == "blas"]
    one_each = load_faiss().omp_set_num_threads
    return ThreadPoolExecutor(max(given, default=1), initializer=one_each, initargs=(1,))


def _nearest(near: npt.NDArray[np.float32], n_wanted: int) -> Asked:
    """Return which `n_wanted` lists are nearest to each query; `near` is (n_queries, n_lists).

    More where the last of them are equally near.
    """
    if n_wanted >= near.shape[1]:
        return np.ones(near.shape, np.bool_)
    nearest: Asked = near >= np.partition(near, -n_wanted, axis=1)[:, -n_wanted, None]
    return nearest
