"""Building FAISS indexes: the kind by size, training, adding, reading and writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Rows
from engine.errors import DamagedError, InputError
from engine.index.faiss_index import FaissIndex, Native, load_faiss
from engine.index.tuning import RECALL, tuned
from engine.index.vectors import Vectors, as_vectors

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

PQ_SUBVECTOR = 4
"""Dimensions that share one 4-bit code (PQ fast-scan): 96 codes for 384 dimensions."""

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
    add_rows(native, vectors, 0)
    if kind == "flat":
        return FaissIndex(kind, vectors, {}, native)
    parameters = {"n_trained": n_rows, "n_tried": n_rows, "noise": noise(vectors)}
    return tuned(FaissIndex(kind, vectors, parameters, native), target)


def check_kind(kind: str) -> None:
    """Raise InputError unless `kind` is one of `KINDS`."""
    if kind not in KINDS:
        raise InputError(f"expected a kind of index among {', '.join(KINDS)}, got {kind!r}")


def check_target(target: float) -> None:
    """Raise InputError unless `target` is a recall that can be wanted."""
    if not 0 < target <= 1:
        raise InputError(f"expected a recall above 0 and up to 1, got {target}")


def _check(kind: str, n_rows: int, dim: int, target: float) -> None:
    check_kind(kind)
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


def add_rows(native: Native, vectors: Vectors, first: int) -> None:
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


def write_native(native: Native, path: Path) -> None:
    """Write an index without its vectors; the caller sees to durability.

    Raises
    ------
    OSError
        The file cannot be written whole.
    """
    try:
        load_faiss().write_index(native, str(path))
    except RuntimeError as error:
        raise OSError(f"cannot write {path}: {error}") from error


def read_native(data: npt.NDArray[np.uint8], dim: int) -> Native:
    """Read what `write_native` wrote.

    Parameters
    ----------
    data
        The bytes of the file, uint8; may be memory-mapped. The result reads from them.
    dim
        Dimensions of the vectors that it should be over.

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
    native.referenced_objects = [data]  # kept as FAISS's own wrappers keep what they point to
    if native.d != dim:
        raise DamagedError(f"is over vectors of {native.d} dimensions, expected {dim}")
    return native
