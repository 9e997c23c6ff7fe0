"""The nearest articles of each article that a run clusters: those of before, and of what is new.

Vectors are known by digests of themselves, so what a run has kept cannot be of other ones: after
another centring, or by another encoder, none is known.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.disk.derived import Arrays, read_arrays, write_arrays
from engine.disk.files import storage_errors
from engine.disk.layout import STAGING_PREFIX, Layout
from engine.domain import Embeddings, Neighbours, Rows
from engine.index.exact import by_row, nothing_found
from engine.index.faiss_build import FLAT_ROWS
from engine.index.renewal import ROUNDING, numbered, renewed
from engine.index.time_shards import nearest_in_shards
from engine.jobs.base.scope import REOPEN, Ground
from engine.same_event.candidates import CROWDED_NEIGHBOURS
from engine.same_event.window import Window

SHARD_ROWS = 1 << 20
"""Articles of a shard at most: 1.6 GB of vectors at 384 dimensions, which a worker maps and the
page cache holds. A search in one takes half as long again as in one of a
tenth (decision 5), so few large shards cost less than many small ones."""

KEPT_NEIGHBOURS = 64
"""Nearest rows that are kept of each, so that enough are left when some go; see decision 26."""

KEPT_FORM = f"{KEPT_NEIGHBOURS} nearest rows, 2"

LEAST_KEPT = 1 << 12
"""Articles of a window from which neighbours are kept: to compare all of fewer with all takes less
than a fifth of a second."""

MOST_LACKING = 0.25
"""Share of a window that is compared with all of it; beyond, comparing all by lists, which takes
0.28 times as long as one by one (decision 25), costs no more."""

Names = npt.NDArray[np.uint64]
"""Uint64, (n,): one for each row, by which its vector is known."""


def nearest_by_workers(ground: Ground, view: Window) -> Neighbours:
    """Return the nearest rows of each article of `view`, mostly itself before others.

    Only what is new since the run before is searched for. What comes of it is the same where all
    are compared with all, up to `FLAT_ROWS`. Beyond `SHARD_ROWS` articles, those that are certainly
    farther apart than `REOPEN` are not compared. The shards lie in the base, where workers on other
    machines find them.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    wanted = max(1, min(CROWDED_NEIGHBOURS + 1, len(view)))
    if not LEAST_KEPT <= len(view) <= SHARD_ROWS:
        return _searched(ground, view, wanted)
    path = Layout(ground.corpus.path.parent).neighbours
    names, flat = _names(view.vectors), len(view) <= FLAT_ROWS
    kept = read_arrays(path, KEPT_FORM)
    whole = kept is not None and bool(kept["whole"].all())
    known, fresh = _known(None if flat and not whole else kept, names)
    lacking = _lacking(known, wanted, surely=flat)
    if len(lacking) > MOST_LACKING * len(view):
        found, whole = _searched(ground, view, KEPT_NEIGHBOURS), flat
    else:
        found = renewed(view.vectors, known, fresh, lacking)
    arrays = {"rows": found.rows.astype(np.int32), "cosines": found.cosines}
    write_arrays(path, KEPT_FORM, {"names": names, "whole": np.array([whole]), **arrays})
    return Neighbours(Rows(found.rows[:, :wanted]), found.cosines[:, :wanted])


def _lacking(known: Neighbours, wanted: int, *, surely: bool) -> Rows:
    """Return the rows of which fewer than `wanted` neighbours are known.

    If they are to be known `surely`, then also those of which one that is not known may be among
    the nearest, as it is no farther than the last one known.
    """
    enough = known.rows[:, wanted - 1] >= 0
    if surely:
        last = np.where(known.rows >= 0, known.cosines, np.inf).min(axis=1)
        enough &= known.cosines[:, wanted - 1] > last + 2 * ROUNDING
    return Rows(np.flatnonzero(~enough))


def _searched(ground: Ground, view: Window, k: int) -> Neighbours:
    """Return the `k` nearest rows of each article, found by the workers."""
    generations = Layout(ground.corpus.path.parent).generations
    with (
        storage_errors(generations),
        # What a killed run leaves is deleted by the next that stages anything.
        tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=generations) as folder,
    ):
        return nearest_in_shards(
            ground.setup.executor,
            Path(folder).resolve(),
            view.vectors,
            view.published,
            k,
            most_rows=SHARD_ROWS,
            reach=REOPEN.total_seconds(),
        )


def _names(vectors: Embeddings) -> Names:
    """Return a digest of each vector; of equal ones, which are told apart by nothing, one more."""
    digests = b"".join(hashlib.blake2b(row.data, digest_size=8).digest() for row in vectors)
    names = np.frombuffer(digests, np.uint64)
    return names + numbered(names).astype(np.uint64)


def _known(kept: Arrays | None, names: Names) -> tuple[Neighbours, Rows]:
    """Return the nearest of the rows that have `names`, as far as they were kept and are there.

    Then the rows of which nothing was kept, ascending.
    """
    found, every = nothing_found(len(names), KEPT_NEIGHBOURS), Rows(np.arange(len(names)))
    if kept is None:
        return found, every
    _, here, there = np.intersect1d(names, kept["names"], assume_unique=True, return_indices=True)
    row_of = np.full(len(kept["names"]) + 1, -1, np.int64)  # at -1 stands none
    row_of[there] = here
    rows = row_of[kept["rows"][there]]
    cosines = kept["cosines"][there]
    lacking = np.flatnonzero((rows < 0).any(axis=1))
    order = np.argsort(rows[lacking] < 0, axis=1, kind="stable")  # what is gone comes last
    rows[lacking] = np.take_along_axis(rows[lacking], order, axis=1)
    cosines[lacking] = np.take_along_axis(cosines[lacking], order, axis=1)
    cosines[rows < 0] = -np.inf
    # Rows have other numbers now, by which equally near ones are in order.
    known = by_row(Neighbours(Rows(rows), cosines))
    found.rows[here], found.cosines[here] = known.rows, known.cosines
    return found, Rows(np.setdiff1d(every, here, assume_unique=True))
