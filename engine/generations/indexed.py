"""The index of a generation: written, read back, and taken over where it stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.disk.files import FileRecord, link_or_copy, map_file, record_of, sync_file
from engine.disk.layout import GenerationLayout
from engine.errors import DamagedError, StorageError
from engine.generations.generation import Generation
from engine.index.faiss_build import read_native, write_native
from engine.index.faiss_index import FaissIndex, Native
from engine.index.growing import can_have_tail, extended, with_tail
from engine.index.vectors import MappedVectors


@dataclass(frozen=True, slots=True)
class StagedIndex:
    """An index that is written to a staging folder.

    Attributes
    ----------
    index
        As readers will have it: FAISS reads it from the files, so it takes little memory.
    files
        Its files by name.
    """

    index: FaissIndex
    files: dict[str, FileRecord]


def stage_index(staging: GenerationLayout, index: FaissIndex) -> StagedIndex:
    """Write an index that is in memory.

    Raises
    ------
    StorageError
        The disk does not give back what was written.
    OSError
        It cannot be written.
    """
    native, record = _written(staging.index, index.native)
    return StagedIndex(replace(index, native=native), {staging.index.name: record})


def stage_grown_index(
    staging: GenerationLayout, base: Generation, rows: MappedVectors, target: float
) -> StagedIndex | None:
    """Write the index of `base`, of an approximate kind, with what was stored since.

    Parameters
    ----------
    staging
        Folder to write in.
    base
        The live generation, all of which was checked.
    rows
        Vectors of the rows now.
    target
        Recall that is wanted, in (0, 1].

    Returns
    -------
    StagedIndex or None
        None when the index has to be learnt anew.
    """
    before, source = base.manifest.audit.target, base.layout.generation(base.name)
    if not can_have_tail(base.index, rows, target=target, before=before):
        index = extended(
            source.index,
            rows,
            parameters=base.manifest.index_parameters,
            kind=base.manifest.index_kind,
            target=target,
            before=before,
        )
        return None if index is None else stage_index(staging, index)
    files = {staging.index.name: _taken_over(base, staging.index)}
    tail = base.index.tail
    if rows.n_stored == base.index.n_stored:
        index = replace(base.index, vectors=rows, places=rows.places)
        if tail is not None:
            files[staging.index_tail.name] = _taken_over(base, staging.index_tail)
        return StagedIndex(index, files)
    index = with_tail(base.index, rows, source.index, source.index_tail if tail else None)
    native, files[staging.index_tail.name] = _written(staging.index_tail, index.tail)
    return StagedIndex(replace(index, tail=native), files)


def _taken_over(base: Generation, path: Path) -> FileRecord:
    """Share a file of `base` by a hard link; it was checked, so what is known of it still holds."""
    link_or_copy(base.layout.generation(base.name).folder / path.name, path)
    return base.manifest.files[path.name]


def _written(path: Path, native: Native) -> tuple[Native, FileRecord]:
    """Write an index durably and read it back; see `StagedIndex.index`."""
    write_native(native, path)
    sync_file(path)
    try:
        return read_native(map_file(path), native.d), record_of(path)
    except DamagedError as error:
        raise StorageError(f"{path} {error}; check the disk") from error
