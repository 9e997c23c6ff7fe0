"""Rows on their way into a generation: their vectors, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.disk.files import FileRecord, link_or_copy, map_file
from engine.disk.layout import GenerationLayout
from engine.domain import Embeddings, Keys, Revisions, Rows, Seconds
from engine.errors import InputError
from engine.generations.generation import Generation, as_shard
from engine.generations.shards import ShardWriter
from engine.index.vectors import CHECKED_ROWS, SHARD_ROWS, MappedVectors, Places, checked

ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Some articles and their vectors.

    Attributes
    ----------
    keys
        Int64, (n,): the store's keys, none of them twice; any order.
    published
        Int64, (n,): epoch seconds of publication, `UNDATED` where not known.
    revisions
        Int64, (n,): another number whenever what the vector was made from changes.
    vectors
        Float32, (n, dim): centred unit rows.
    """

    keys: Keys
    published: Seconds
    revisions: Revisions
    vectors: Embeddings

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        checked(self.vectors)
        for name in ("keys", "published", "revisions"):
            array = getattr(self, name)
            if array.dtype != np.int64 or array.shape != self.vectors.shape[:1]:
                raise InputError(
                    f"expected {name} as int64 of shape ({len(self.vectors)},), "
                    f"got {array.dtype} of shape {array.shape}"
                )


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows whose vectors are written to a staging folder.

    Attributes
    ----------
    keys, published, revisions
        Int64, (n,), by ascending key.
    vectors
        Of the rows, as they can be read back.
    files
        The shards by name.
    """

    keys: Keys
    published: Seconds
    revisions: Revisions
    vectors: MappedVectors
    files: dict[str, FileRecord]


def stage_rows(
    staging: GenerationLayout,
    blocks: Iterable[RowBlock],
    *,
    base: Generation | None,
    removed: Keys,
) -> StagedRows:
    """Write the vectors of `blocks` behind those of `base`, which are linked.

    Parameters
    ----------
    staging
        Folder to write in.
    blocks
        New articles, and articles of `base` whose vectors have changed.
    base
        Generation whose rows are kept, or None.
    removed
        Keys of `base` that are deleted, int64.

    Raises
    ------
    InputError
        There is neither a block nor a base, a key comes twice or blocks differ in
        dimension.
    """
    writer = None if base is None else _continued(staging, base)
    columns = []
    for block in blocks:
        writer = writer or ShardWriter(staging, block.vectors.shape[1])
        writer.add(block.vectors)
        columns.append(np.stack([block.keys, block.published, block.revisions]))
    if writer is None:
        raise InputError("there is nothing to publish: no articles and no generation before")
    writer.finish()
    new = np.concatenate([np.empty((3, 0), np.int64), *columns], axis=1)
    places = Places(np.arange(writer.n_stored - new.shape[1], writer.n_stored))
    if base is None:
        return _staged(staging, writer, new, places)
    kept = ~np.isin(base.keys, np.concatenate([removed, new[0]]))
    old = np.stack([base.keys, base.published, base.revisions])[:, kept]
    stored = base.rows.places_of(Rows(np.flatnonzero(kept)))
    return _staged(
        staging,
        writer,
        np.concatenate([old, new], axis=1),
        Places(np.concatenate([stored, places])),
    )


def _continued(staging: GenerationLayout, base: Generation) -> ShardWriter:
    """Link the full shards of `base` and give a writer that goes on in its last one."""
    source = base.layout.generation(base.name).folder
    begun = [shard.rows for shard in base.rows.shards if len(shard.rows) < SHARD_ROWS]
    writer = ShardWriter(
        staging, base.rows.dim, first=base.rows.n_stored, begun=begun[0] if begun else None
    )
    for shard in base.rows.shards:
        if len(shard.rows) == SHARD_ROWS:
            link_or_copy(source / shard.file, staging.folder / shard.file)
            writer.files[shard.file] = base.manifest.files[shard.file]
            writer.checksums[shard.first] = base.rows.checksums_of(shard)
    return writer


def _staged(
    staging: GenerationLayout, writer: ShardWriter, columns: npt.NDArray[np.int64], places: Places
) -> StagedRows:
    """Return the rows `columns`, (3, n), sorted, less the shards of which none is left."""
    order = np.argsort(columns[0], kind="stable")
    keys, published, revisions = (np.ascontiguousarray(column) for column in columns[:, order])
    places = Places(places[order])
    if (twice := np.flatnonzero(np.diff(keys) == 0)).size:
        raise InputError(f"expected each key once, got {keys[twice[0]]} twice")
    used = set((places // SHARD_ROWS * SHARD_ROWS).tolist())
    checksums = np.zeros(-(-writer.n_stored // CHECKED_ROWS), np.uint32)
    files, shards = {}, []
    for first, sums in sorted(writer.checksums.items()):
        path = staging.shard(first)
        # The last shard stays, whatever it holds, since the next run goes on in it.
        if first in used or first + SHARD_ROWS > writer.n_stored:
            checksums[first // CHECKED_ROWS :][: len(sums)] = sums
            files[path.name] = writer.files[path.name]
            shards.append(
                as_shard(
                    staging.folder.name,
                    path.name,
                    map_file(path),
                    n_stored=writer.n_stored,
                    dim=writer.dim,
                )
            )
        else:
            path.unlink()
    in_order = len(places) == writer.n_stored and bool((places == np.arange(len(places))).all())
    vectors = MappedVectors(
        shards, None if in_order else places, writer.n_stored, writer.dim, checksums
    )
    return StagedRows(Keys(keys), Seconds(published), Revisions(revisions), vectors, files)


def compact(staging: GenerationLayout, rows: StagedRows) -> StagedRows:
    """Write the vectors anew in the order of the rows, without the deleted ones."""
    for file in rows.files:
        (staging.folder / file).unlink()  # still mapped, so still readable
    n_rows, dim = rows.vectors.shape
    writer = ShardWriter(staging, dim)
    for start in range(0, n_rows, ROWS_AT_ONCE):
        writer.add(rows.vectors[slice(start, start + ROWS_AT_ONCE)])
    writer.finish()
    columns = np.stack([rows.keys, rows.published, rows.revisions])
    return _staged(staging, writer, columns, Places(np.arange(n_rows)))
