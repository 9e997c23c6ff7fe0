"""Building FAISS indexes: the kind by size, training, adding, reading and writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Rows
from engine.errors import DamagedError, InputError
from engine.index.faiss_index import FaissIndex, Native, load_faiss
from engine.index.tuning import RECALL, keep_effort, tuned
from engine.index.vectors import MappedVectors, Vectors, as_vectors

KINDS = ("flat", "ivf-flat", "ivf-pq")
"""Names of the kinds of index, from exact to most compressed."""

FLAT_ROWS = 20_000
"""Up to here every row is compared: 20,000 rows take 0.3 ms a query and nothing is lost."""

TRAINING_ROWS_PER_LIST = 64
"""FAISS advises 39 to 256; more changed neither recall nor speed here."""

LEAST_ROWS = 624
"""An approximate index needs so many: 39, as FAISS advises, for each of 16 PQ codes."""

LEAST_TRAINING_ROWS = 1 << 12
MOST_LISTS = 4096
LISTS_PER_ROOT = 1.6
"""Lists for each square root of the number of rows."""

MOST_GROWTH = 2
"""An index is learnt anew once it holds so many times what it was learnt from."""

LOST_RECALL = 0.02
"""An index that never reached its target is learnt anew when it loses so much recall."""

PQ_SUBVECTOR = 4
"""Dimensions that share one 4-bit code (PQ fast-scan): 96 codes for 384 dimensions."""

UNTRIED_GROWTH = 0.05
"""Share by which an index may grow before its effort is tried again, which compares 512 rows with
all: 1.6 s of processor for 100,000, and ten times that for a million. So few rows hardly move its
recall, and every publication still audits it with 64 rows."""

ROWS_AT_ONCE = 1 << 15
"""Rows that are added at once: 48 MiB in float32 at 384 dimensions."""

NOISE_ROWS = 1000
"""Rows whose cosines among each other tell what unrelated articles reach."""

NOISE_DEVIATIONS = 4

SEED = 1234
"""Of the choice of training rows and of k-means."""


def kind_for(n_rows: int, dim: int) -> str:
    """Return the kind that suits a base of `n_rows`; see decision 0005 for the figures."""
    if n_rows <= FLAT_ROWS:
        return "flat"
    return "ivf-pq" if dim % (2 * PQ_SUBVECTOR) == 0 else "ivf-flat"


def build_index(vectors: Vectors, *, kind: str | None = None, target: float = RECALL) -> FaissIndex:
    """Build an index; the same vectors always give the same index.

    Parameters
    ----------
    vectors
        Unit rows, (n, dim); an array is float32 in C order and kept, not copied.
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
    vectors = as_vectors(vectors)
    n_rows, dim = vectors.shape
    kind = kind_for(n_rows, dim) if kind is None else kind
    _check(kind, n_rows, dim, target)
    native = load_faiss().IndexFlatIP(dim) if kind == "flat" else _trained(vectors, kind)
    _add(native, vectors, 0)
    if kind == "flat":
        return FaissIndex(kind, vectors, {}, native)
    parameters = {"n_trained": n_rows, "n_tried": n_rows, "noise": noise(vectors)}
    return tuned(FaissIndex(kind, vectors, parameters, native), target)


def extend_index(
    path: Path,
    rows: MappedVectors,
    *,
    parameters: dict[str, float],
    kind: str,
    target: float,
    before: float,
) -> FaissIndex | None:
    """Add to a written index what was stored since, and tune it again where that needs it.

    Where it has grown by less than `UNTRIED_GROWTH` since its effort was tried, that is kept.

    Parameters
    ----------
    path
        Where the index lies; it is read into memory and not changed.
    rows
        Vectors of the rows; those that are stored last are added.
    parameters, kind
        Of the index.
    target, before
        Recall to tune to, in (0, 1], and the one that it was tuned to until now.

    Returns
    -------
    FaissIndex or None
        None when the index has to be learnt anew: it has grown too much, or no effort
        reaches the recall any more that it had.
    """
    if rows.n_stored > MOST_GROWTH * parameters["n_trained"]:
        return None
    native = load_faiss().read_index(str(path))
    _add(native, rows.stored(), native.ntotal)
    effort = parameters if target == before else None
    kept = {"n_trained": parameters["n_trained"], "noise": noise(rows)}
    tried = parameters.get("n_tried", 0)  # of earlier engines nothing is known
    if effort is not None and rows.n_stored <= (1 + UNTRIED_GROWTH) * tried:
        keep_effort(native, kind, effort)
        return FaissIndex(kind, rows, dict(effort) | kept, native, rows.places)
    kept["n_tried"] = rows.n_stored
    index = tuned(FaissIndex(kind, rows, kept, native, rows.places), target, effort=effort)
    # What fell short of its target before need not reach it, only stay as good as it was.
    reached = parameters["recall"] >= before
    needed = min(target, before if reached else parameters["recall"] - LOST_RECALL)
    return index if index.parameters["recall"] >= needed else None


def check_target(target: float) -> None:
    """Raise InputError unless `target` is a recall that can be wanted."""
    if not 0 < target <= 1:
        raise InputError(f"expected a recall above 0 and up to 1, got {target}")


def _check(kind: str, n_rows: int, dim: int, target: float) -> None:
    if kind not in KINDS:
        raise InputError(f"expected a kind of index among {', '.join(KINDS)}, got {kind!r}")
    check_target(target)
    if kind == "ivf-pq" and dim % (2 * PQ_SUBVECTOR):
        raise InputError(
            f"ivf-pq needs dimensions divisible by {2 * PQ_SUBVECTOR}, got {dim}: use ivf-flat"
        )
    if kind != "flat" and n_rows < LEAST_ROWS:
        raise InputError(f"{kind} needs {LEAST_ROWS} vectors to learn from, got {n_rows}: use flat")


def _trained(vectors: Vectors, kind: str) -> Native:
    faiss = load_faiss()
    n_rows, dim = vectors.shape
    n_lists = max(1, min(MOST_LISTS, round(LISTS_PER_ROOT * n_rows**0.5)))
    inner = {"ivf-flat": "Flat", "ivf-pq": f"PQ{dim // PQ_SUBVECTOR}x4fs,Refine(SQ8)"}[kind]
    native = faiss.index_factory(dim, f"IVF{n_lists},{inner}", faiss.METRIC_INNER_PRODUCT)
    lists = faiss.extract_index_ivf(native)
    lists.cp.seed = SEED
    lists.cp.min_points_per_centroid = 1  # else FAISS warns on stderr about small bases
    native.train(sample(vectors, max(TRAINING_ROWS_PER_LIST * n_lists, LEAST_TRAINING_ROWS)))
    return native


def _add(native: Native, vectors: Vectors, first: int) -> None:
    """Add the rows from `first` on, in blocks."""
    n_rows = vectors.shape[0]
    for start in range(first, n_rows, ROWS_AT_ONCE):
        native.add(vectors[slice(start, start + ROWS_AT_ONCE)])


def sample(vectors: Vectors, n_wanted: int) -> Embeddings:
    """Return a fair sample of at most `n_wanted` rows in row order."""
    n_rows = vectors.shape[0]
    if n_wanted >= n_rows:
        return vectors[slice(0, n_rows)]
    rows = np.random.default_rng(SEED).choice(n_rows, n_wanted, replace=False)
    return vectors[Rows(np.sort(rows))]


def noise(vectors: Vectors) -> float:
    """Return the cosine that unrelated rows hardly ever reach.

    That is the mean and four deviations of the cosines of pairs drawn at random.
    """
    rows = sample(vectors, NOISE_ROWS)
    pairs = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    return float(pairs.mean() + NOISE_DEVIATIONS * pairs.std()) if len(pairs) else 0.0


def write_index(index: FaissIndex, path: Path) -> None:
    """Write `index` without its vectors; the caller sees to durability.

    Raises
    ------
    OSError
        The file cannot be written whole.
    """
    try:
        load_faiss().write_index(index.native, str(path))
    except RuntimeError as error:
        raise OSError(f"cannot write {path}: {error}") from error


def read_native(data: npt.NDArray[np.uint8], n_stored: int, dim: int) -> Native:
    """Read what `write_index` wrote.

    Parameters
    ----------
    data
        The bytes of the file, uint8; may be memory-mapped, must outlive the result.
    n_stored, dim
        How many vectors of how many dimensions it should be over.

    Raises
    ------
    DamagedError
        The bytes are no index, or one over other vectors.
    """
    faiss = load_faiss()
    try:
        native = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.size))
    except RuntimeError as error:
        raise DamagedError("cannot be read by FAISS") from error
    if (native.ntotal, native.d) != (n_stored, dim):
        raise DamagedError(
            f"is over {native.ntotal} vectors of {native.d} dimensions, "
            f"expected {n_stored} of {dim}"
        )
    return native
