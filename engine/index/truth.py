"""The nearest rows of a few, found exactly, and brought up to date without comparing all again."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Rows
from engine.index.exact import ExactIndex
from engine.index.vectors import MappedVectors, Places, Vectors

QUERIES = 64
NEIGHBOURS = 10

FEWEST_QUERIES = QUERIES // 2
"""Rows that must be left of those that are searched for; else others are taken."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The nearest rows of some, by where they are stored, which does not change.

    Attributes
    ----------
    queries
        Int64, (n_queries,): places of the rows that are searched for.
    places, cosines
        Int64 and float32, (n_queries, k): their nearest ones, best first; -1 and -inf pad.
    bounds
        Float32, (n_queries,): all rows that are nearer than this are among them.
    n_stored
        Places that were compared.
    """

    queries: Places
    places: Places
    cosines: Embeddings
    bounds: npt.NDArray[np.float32]
    n_stored: int

    def query_vectors(self, vectors: Vectors) -> Embeddings:
        """Return the rows that are searched for, (n_queries, dim)."""
        return _stored(vectors)[Rows(self.queries)]

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` reads: an ``npz`` archive without pickled objects."""
        file = io.BytesIO()
        np.savez(
            file,
            queries=self.queries,
            places=self.places,
            cosines=self.cosines,
            bounds=self.bounds,
            n_stored=self.n_stored,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Truth:
        """Read what `to_bytes` returned, which was checked."""
        with np.load(io.BytesIO(content)) as held:
            places = Places(held["queries"]), Places(held["places"])
            return cls(*places, held["cosines"], held["bounds"], int(held["n_stored"]))


def exact_truth(vectors: Vectors) -> Truth:
    """Return the nearest rows of some that are evenly spread, compared with all."""
    n_rows = len(vectors)
    spread = np.linspace(0, max(0, n_rows - 1), min(QUERIES, n_rows))
    rows = Rows(spread.astype(np.int64))
    found = ExactIndex(vectors).search(vectors[rows], NEIGHBOURS)
    places = np.where(found.rows < 0, -1, _places(vectors, Rows(np.maximum(found.rows, 0))))
    n_stored = n_rows if isinstance(vectors, np.ndarray) else vectors.n_stored
    last = found.cosines[:, -1]
    return Truth(_places(vectors, rows), Places(places), found.cosines, last, n_stored)


def renewed_truth(before: Truth, vectors: MappedVectors) -> Truth | None:
    """Return what holds now of what was found before, with what was stored since.

    Of rows whose neighbours were deleted fewer may be known than are wanted, but none that is
    known is wrong.

    Parameters
    ----------
    before
        Of fewer rows in the same places.
    vectors
        The rows now.

    Returns
    -------
    Truth or None
        None where too few of the rows that were searched for are left.
    """
    all_places = vectors.places_of(Rows(np.arange(len(vectors))))
    there = np.zeros(vectors.n_stored + 1, np.bool_)  # at -1 stands none
    there[all_places] = True
    kept = there[before.queries]
    if kept.sum() < min(FEWEST_QUERIES, len(before.queries)):
        return None
    queries, bounds = Places(before.queries[kept]), before.bounds[kept]
    new = Rows(np.flatnonzero(all_places >= before.n_stored))
    found = ExactIndex(vectors).search(vectors.stored()[Rows(queries)], NEIGHBOURS, within=new)
    # One that is farther than all that were known may be farther than one that was not.
    known = there[before.places[kept]], (found.rows >= 0) & (found.cosines >= bounds[:, None])
    places = np.concatenate([before.places[kept], all_places[np.maximum(found.rows, 0)]], axis=1)
    cosines = np.concatenate([before.cosines[kept], found.cosines], axis=1)
    cosines = np.where(np.concatenate(known, axis=1), cosines, -np.inf).astype(np.float32)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]
    cosines = np.take_along_axis(cosines, order, axis=1)
    places = np.where(cosines > -np.inf, np.take_along_axis(places, order, axis=1), -1)
    bounds = np.maximum(bounds, cosines[:, -1])
    return Truth(queries, Places(places), cosines, bounds, vectors.n_stored)


def _places(vectors: Vectors, rows: Rows) -> Places:
    return Places(rows) if isinstance(vectors, np.ndarray) else vectors.places_of(rows)


def _stored(vectors: Vectors) -> Vectors:
    return vectors if isinstance(vectors, np.ndarray) else vectors.stored()
