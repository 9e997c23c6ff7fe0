"""The nearest rows of many rows at once: lists of rows that are near, compared as matrices.

FAISS looks into its lists one query at a time. Where all rows are asked for, so many ask for one
list that a product of matrices answers them, which takes a fraction of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import RESCORED_ROWS, ROWS_AT_ONCE, ExactIndex, rescored
from engine.index.faiss_build import FLAT_ROWS, SEED, sample
from engine.index.faiss_index import load_faiss
from engine.index.tuning import QUERIES, RECALL, SURE_DEVIATIONS

LISTS_PER_ROOT = 6.4
"""Lists for each square root of the number of rows. Of 100,000 made-up rows 506 lists take
1.25 times as long as 2,048 until 95 % of the neighbours are found, 1,024 take 1.1 times."""

TRAINING_ROWS_PER_LIST = 20
TRAINING_ROUNDS = 5
"""Of k-means. Lists that are learnt longer are not better here, and learning is a third of all."""

COSINES_AT_ONCE = 1 << 24
"""Cosines that are held at once: 64 MiB."""

Numbers = npt.NDArray[np.int64]
"""Int64: numbers of lists."""


@dataclass(frozen=True, slots=True)
class ListIndex:
    """Rows in lists, those near to one centre in each.

    Attributes
    ----------
    centres
        Float32, (n_lists, dim): unit rows.
    order
        Int64, (n,): the rows list by list.
    starts
        Int64, (n_lists + 1,): where each list begins in `order`.
    n_probe
        Lists that are looked into for a query; all of them find everything.
    """

    centres: Embeddings
    order: Rows
    starts: npt.NDArray[np.int64]
    n_probe: int

    def search(self, vectors: Embeddings, queries: Embeddings, k: int) -> Neighbours:
        """Return the k nearest rows of each query, best first, equal ones by row.

        Parameters
        ----------
        vectors
            Float32, (n, dim): the unit rows that the lists were made of.
        queries
            Float32, (n_queries, dim), unit rows.
        k
            Neighbours wanted, at least 1.
        """
        heap = load_faiss().ResultHeap(len(queries), k, keep_max=True)
        probed = _largest(queries @ self.centres.T, self.n_probe)
        asked = np.argsort(probed, axis=None, kind="stable")
        cuts = np.searchsorted(probed.ravel()[asked], np.arange(len(self.starts)))
        for number in np.flatnonzero(np.diff(cuts)).tolist():
            lines = asked[cuts[number] : cuts[number + 1]] // probed.shape[1]
            some = queries[lines]
            step = max(1, COSINES_AT_ONCE // len(lines))
            for start in range(self.starts[number], self.starts[number + 1], step):
                rows = self.order[start : min(start + step, self.starts[number + 1])]
                heap.add_result_subset(lines, some @ vectors[rows].T, rows)
        found, cosines = Rows(heap.I), heap.D  # in the order of a heap
        step = max(1, RESCORED_ROWS // k)
        for start in range(0, len(queries), step):
            block = slice(start, start + step)
            best = rescored(vectors, queries[block], Rows(found[block]))
            found[block], cosines[block] = best.rows, best.cosines
        return Neighbours(found, cosines)

    def write(self, path: Path) -> None:
        """Write the lists, without the vectors."""
        with path.open("wb") as file:
            np.savez(
                file,
                centres=self.centres,
                order=self.order,
                starts=self.starts,
                n_probe=self.n_probe,
            )

    @classmethod
    def read(cls, path: Path) -> ListIndex:
        """Read what `write` wrote."""
        with np.load(path) as held:
            return cls(held["centres"], Rows(held["order"]), held["starts"], int(held["n_probe"]))


def lists_for(n_rows: int) -> int:
    """Return how many lists suit so many rows; 1 where comparing all costs no more."""
    return 1 if n_rows <= FLAT_ROWS else round(LISTS_PER_ROOT * n_rows**0.5)


def build_lists(vectors: Embeddings, n_lists: int, k: int, *, target: float = RECALL) -> ListIndex:
    """Put rows into lists; the same vectors always give the same lists.

    Parameters
    ----------
    vectors
        Float32, (n, dim): unit rows.
    n_lists
        How many; with 1 every row is compared with every query.
    k
        Neighbours that will be wanted. Tuned to 16 where 41 were, clustering lost a point of
        B-cubed F1 on uci_titles_2014 and ntrex_parallel against comparing all; so it loses 0.3.
    target
        Recall that the number of lists to look into is tuned to, in (0, 1].
    """
    if n_lists == 1:
        centres = np.zeros((1, vectors.shape[1]), np.float32)
        return ListIndex(centres, Rows(np.arange(len(vectors))), np.array([0, len(vectors)]), 1)
    centres = _centres(vectors, n_lists)
    own = np.concatenate(
        [
            (vectors[start : start + ROWS_AT_ONCE] @ centres.T).argmax(axis=1)
            for start in range(0, len(vectors), ROWS_AT_ONCE)
        ]
    )
    order = Rows(np.argsort(own, kind="stable"))
    starts = np.searchsorted(own[order], np.arange(n_lists + 1))
    n_probe = _least_probes(vectors, centres, own, k, target)
    return ListIndex(centres, order, starts, n_probe)


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


def _least_probes(
    vectors: Embeddings, centres: Embeddings, own: Numbers, k: int, target: float
) -> int:
    """Return in how many lists the share `target` of the true neighbours surely is.

    Some rows are searched for exactly; the list of each neighbour says how many have to be
    looked into to find it.
    """
    n_queries = min(QUERIES, len(vectors))
    rows = np.random.default_rng(SEED).choice(len(vectors), n_queries, replace=False)
    queries = vectors[np.sort(rows)]
    truth = ExactIndex(vectors).search(queries, min(max(k, 2), len(vectors))).rows[:, 1:]
    ranks = np.argsort(np.argsort(-(queries @ centres.T), axis=1), axis=1)
    needed = np.take_along_axis(ranks, own[truth], axis=1)  # lists before that of the neighbour
    for n_probe in range(1, len(centres)):
        shares = (needed < n_probe).mean(axis=1)
        if shares.mean() - SURE_DEVIATIONS * shares.std() / n_queries**0.5 >= target:
            return n_probe
    return len(centres)


def _largest(values: npt.NDArray[np.float32], n_wanted: int) -> Numbers:
    """Return the columns of the largest values of each line, in no order; (n_lines, n_wanted)."""
    if n_wanted >= values.shape[1]:
        return np.tile(np.arange(values.shape[1]), (len(values), 1))
    return np.argpartition(-values, n_wanted - 1, axis=1)[:, :n_wanted]
