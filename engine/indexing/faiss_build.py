"""Building FAISS indexes: the kind by size, training, and the effort for a wanted recall."""

from __future__ import annotations

import numpy as np

from engine.domain import Embeddings, Neighbours
from engine.errors import InputError
from engine.indexing.exact import ExactIndex, checked, recall
from engine.indexing.faiss_index import KINDS, FaissIndex, Native, load_faiss

FLAT_ROWS = 20_000
"""Up to here every row is compared: 20,000 rows take 0.3 ms a query and nothing is lost."""

RECALL = 0.95
"""Share of the true neighbours that an approximate index is tuned to find."""

TUNING_QUERIES = 256
TUNING_NEIGHBOURS = 16

TRAINING_ROWS_PER_LIST = 64
"""FAISS advises 39 to 256; more changed neither recall nor speed here."""

LEAST_ROWS = 624
"""An approximate index needs so many: 39, as FAISS advises, for each of 16 PQ codes."""

LEAST_TRAINING_ROWS = 1 << 12
MOST_LISTS = 4096

PQ_SUBVECTOR = 4
"""Dimensions that share one 4-bit code (PQ fast-scan): 96 codes for 384 dimensions."""

LEAST_REFINEMENT, MOST_REFINEMENT = 4, 64
"""Candidates that are compared in 8 bits for each neighbour wanted."""

SEED = 1234
"""Of the choice of training rows and of k-means."""


def kind_for(n_rows: int, dim: int) -> str:
    """Return the kind that suits a base of `n_rows`; see decision 0005 for the figures."""
    if n_rows <= FLAT_ROWS:
        return "flat"
    return "ivf-pq" if dim % (2 * PQ_SUBVECTOR) == 0 else "ivf-flat"


def build_index(
    vectors: Embeddings, *, kind: str | None = None, target: float = RECALL
) -> FaissIndex:
    """Build an index over `vectors`; the same vectors always give the same index.

    Parameters
    ----------
    vectors
        Float32, C order, (n, dim), unit rows; kept by the index, not copied.
    kind
        One of `KINDS`; None takes the one that suits the size.
    target
        Recall to tune an approximate kind to, in (0, 1].

    Raises
    ------
    InputError
        The vectors are not unit rows or too few, or the kind is not known or cannot hold
        them.
    """
    checked(vectors)
    n_rows, dim = vectors.shape
    kind = kind_for(n_rows, dim) if kind is None else kind
    if kind not in KINDS:
        raise InputError(f"expected a kind of index among {', '.join(KINDS)}, got {kind!r}")
    if not 0 < target <= 1:
        raise InputError(f"expected a recall above 0 and up to 1, got {target}")
    if kind == "flat":
        return _flat(vectors)
    if kind == "ivf-pq" and dim % (2 * PQ_SUBVECTOR):
        raise InputError(
            f"ivf-pq needs dimensions divisible by {2 * PQ_SUBVECTOR}, got {dim}: use ivf-flat"
        )
    if n_rows < LEAST_ROWS:
        raise InputError(f"{kind} needs {LEAST_ROWS} vectors to learn from, got {n_rows}: use flat")
    return _tuned(_inverted(vectors, kind), target)


def _flat(vectors: Embeddings) -> FaissIndex:
    faiss = load_faiss()

    native = faiss.IndexFlatIP(vectors.shape[1])
    native.add(vectors)
    return FaissIndex("flat", vectors, {}, native)


def _inverted(vectors: Embeddings, kind: str) -> FaissIndex:
    faiss = load_faiss()

    n_rows, dim = vectors.shape
    n_lists = max(1, min(MOST_LISTS, round(1.6 * n_rows**0.5)))
    inner = {"ivf-flat": "Flat", "ivf-pq": f"PQ{dim // PQ_SUBVECTOR}x4fs,Refine(SQ8)"}[kind]
    native = faiss.index_factory(dim, f"IVF{n_lists},{inner}", faiss.METRIC_INNER_PRODUCT)
    lists = faiss.extract_index_ivf(native)
    lists.cp.seed = SEED
    lists.cp.min_points_per_centroid = 1  # else FAISS warns on stderr about small bases
    native.train(_training_rows(vectors, n_lists))
    native.add(vectors)
    return FaissIndex(kind, vectors, {"n_lists": n_lists}, native)


def _training_rows(vectors: Embeddings, n_lists: int) -> Embeddings:
    """Return a fair sample in row order."""
    wanted = max(TRAINING_ROWS_PER_LIST * n_lists, LEAST_TRAINING_ROWS)
    if wanted >= len(vectors):
        return vectors
    rows = np.random.default_rng(SEED).choice(len(vectors), wanted, replace=False)
    return vectors[np.sort(rows)]


def _tuned(index: FaissIndex, target: float) -> FaissIndex:
    """Return `index` set to the least effort that reaches `target` on a sample of rows.

    Effort is doubled in turn: lists that are looked at, then, once they are all looked
    at, candidates that are refined.
    """
    n_lists = index.parameters["n_lists"]
    n_queries = min(TUNING_QUERIES, len(index))
    rows = np.random.default_rng(SEED).choice(len(index), n_queries, replace=False)
    queries = index.vectors[np.sort(rows)]
    truth = _without_self(ExactIndex(index.vectors), queries)
    most = MOST_REFINEMENT if index.kind == "ivf-pq" else LEAST_REFINEMENT
    refinement = LEAST_REFINEMENT
    while True:
        n_probe = 1
        while True:
            _set_effort(index.native, index.kind, n_probe, refinement)
            reached = recall(_without_self(index, queries), truth) >= target
            if reached or n_probe == n_lists:
                break
            n_probe = min(n_lists, 2 * n_probe)
        if reached or refinement == most:
            break
        refinement *= 2
    parameters = {"n_lists": n_lists, "n_probe": n_probe}
    if index.kind == "ivf-pq":
        parameters["refinement"] = refinement
    return FaissIndex(index.kind, index.vectors, parameters, index.native)


def _without_self(index: ExactIndex | FaissIndex, queries: Embeddings) -> Neighbours:
    """Return the neighbours of rows of the base less the nearest, which is the row itself."""
    found = index.search(queries, TUNING_NEIGHBOURS + 1)
    return Neighbours(found.rows[:, 1:], found.cosines[:, 1:])


def _set_effort(native: Native, kind: str, n_probe: int, refinement: int) -> None:
    faiss = load_faiss()

    faiss.extract_index_ivf(native).nprobe = n_probe
    if kind == "ivf-pq":
        native.k_factor = refinement
