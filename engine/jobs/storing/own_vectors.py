"""Vectors that were made elsewhere, into the embedding cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings
from engine.errors import InputError, NotFoundError
from engine.index.vectors import UNIT_TOLERANCE
from engine.jobs.base.writer import Writer
from engine.jobs.storing.ingest import batches

VECTORS_AT_ONCE = 4096


def add_vectors(
    writer: Writer, ids: Sequence[str], vectors: npt.ArrayLike, *, fingerprint: str
) -> int:
    """Keep vectors of stored articles, so that no encoder of that fingerprint makes them again.

    A rebuild with an encoder whose `fingerprint` is this one takes them and asks the encoder
    for the other articles only. Vectors of two fingerprints are never compared, so everything
    that changes a vector must change the fingerprint: model, prompt, and what of an article
    was embedded. A vector belongs to the text of its article as it is now: after an edit
    that the embedded text shows the article needs a new one.

    Parameters
    ----------
    writer
        Of the base.
    ids
        Of the articles, n of them, each once.
    vectors
        Numbers, shape (n, dim), of any length but 0; they are kept as unit rows in float32,
        before any centring, which a rebuild does.
    fingerprint
        Names what made them.

    Returns
    -------
    int
        Texts that had no vector of this fingerprint before.

    Raises
    ------
    InputError
        The vectors are no such array, or not finite; their dimension, or one of them, is not
        that which is kept under the fingerprint; an id is given twice. Nothing is kept.
    NotFoundError
        There is no article of some id. Nothing is kept.
    """
    units = _units(vectors, len(ids))
    if not fingerprint:
        raise InputError("expected a fingerprint that names what made the vectors, found none")
    cache = writer.corpus.embeddings
    if twice := [id_ for id_, times in Counter(ids).items() if times > 1]:
        raise InputError(f"article {twice[0]!r} is given twice")
    if (dim := cache.dim(fingerprint)) not in {None, units.shape[1]}:
        raise InputError(
            f"the vectors have {units.shape[1]} dimensions, those kept under fingerprint "
            f"{fingerprint!r} have {dim}; vectors of another model need another fingerprint"
        )
    hashes = cache.hashes_of(ids)
    if missing := [id_ for id_ in ids if id_ not in hashes]:
        raise NotFoundError(
            f"there is no article with id {missing[0]!r} ({len(missing)} of {len(ids)} are not "
            "there); ingest them first"
        )
    n_new = 0
    with writer.corpus.transaction():
        for places in batches(range(len(ids)), VECTORS_AT_ONCE):
            some = [ids[place] for place in places]
            n_new += _keep(writer, some, [hashes[id_] for id_ in some], units[places], fingerprint)
    return n_new


def _units(vectors: npt.ArrayLike, n_ids: int) -> Embeddings:
    """Return a copy of `vectors` as unit rows."""
    try:
        rows = np.array(vectors, np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(f"the vectors are no array of numbers: {error}") from error
    if rows.ndim != 2 or len(rows) != n_ids or not rows.shape[1]:
        raise InputError(f"expected vectors of shape ({n_ids}, dim), found {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        bad = int(np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[0])
        raise InputError(f"vector {bad} is not finite or has length 0")
    units: Embeddings = (rows / lengths).astype(np.float32)
    return units


def _keep(
    writer: Writer, ids: Sequence[str], hashes: Sequence[bytes], units: Embeddings, fingerprint: str
) -> int:
    """Keep the vectors of texts that have none; return how many texts."""
    cache = writer.corpus.embeddings
    kept = cache.get(fingerprint, hashes)
    new: dict[bytes, Embeddings] = {}
    for id_, digest, unit in zip(ids, hashes, units, strict=True):
        before = kept.get(digest, new.get(digest))
        if before is None:
            new[digest] = unit
        # Nearer than a generation, which keeps half precision, can tell apart.
        elif np.abs(before - unit).max() > UNIT_TOLERANCE:
            raise InputError(
                f"the text of article {id_!r} has another vector under fingerprint "
                f"{fingerprint!r}; equal fingerprints mean equal vectors, so give these another"
            )
    if new:
        cache.put(fingerprint, list(new), np.stack(list(new.values())))
    return len(new)
