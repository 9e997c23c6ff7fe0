"""Drafts: articles and their index, staged on disk before they are published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from engine.disk.files import storage_errors
from engine.disk.layout import GenerationLayout
from engine.disk.lock import WriteLock
from engine.domain import Keys, Story
from engine.generations.committing import StagingFolder, expect_live
from engine.generations.generation import Generation, GenerationContent
from engine.generations.indexed import StagedIndex, stage_grown_index, stage_index
from engine.generations.staging import RowBlock, StagedRows, compact, stage_rows
from engine.index.faiss_build import LEAST_ROWS, build_index, check_target, kind_for
from engine.index.tuning import RECALL

COMPACTED_SHARE = 0.25
"""Share of deleted vectors from which those that are left are written anew."""

NO_KEYS = Keys(np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Draft:
    """Articles and their index, staged on disk; `publish` makes them live.

    The staged files are deleted when nothing refers to the draft any more.

    Attributes
    ----------
    content
        Rows and index, with the stories that it was drafted with.
    rows, index
        The staged rows and their index.
    staging
        Where they lie.
    base
        The generation that was extended, or None.
    target
        Recall that the index was tuned to.
    """

    content: GenerationContent
    rows: StagedRows = field(repr=False)
    index: StagedIndex = field(repr=False)
    staging: StagingFolder = field(repr=False)
    base: Generation | None = field(repr=False)
    target: float


def draft(
    lock: WriteLock,
    blocks: Iterable[RowBlock],
    *,
    centring: bytes,
    stories: Sequence[Story] = (),
    run: int = 0,
    kind: str | None = None,
    target: float = RECALL,
) -> Draft:
    """Stage articles and index them.

    Parameters
    ----------
    lock
        Of the base.
    blocks
        All articles; they are written as they come, so they need not fit in memory.
    centring
        Content of the centring file, as the encoding stage wrote it.
    stories, run
        What is live now, for the content; `publish` takes others.
    kind, target
        As for `build_index`.

    Raises
    ------
    InputError
        Blocks do not belong together, or cannot be indexed as asked.
    StorageError
        The disk is full or not writable, or does not give back what was written.
    """
    with storage_errors(lock.layout.root), ExitStack() as failure:
        staging = failure.enter_context(StagingFolder(lock))
        rows = stage_rows(staging.files, blocks, base=None, removed=NO_KEYS)
        if rows.vectors.places is not None:
            rows = compact(staging.files, rows)
        index = stage_index(staging.files, build_index(rows.vectors, kind=kind, target=target))
        failure.pop_all()  # the draft keeps the folder
    content = GenerationContent(rows.keys, rows.published, index.index, centring, stories, run)
    return Draft(content, rows, index, staging, None, target)


def draft_changes(
    lock: WriteLock,
    base: Generation,
    blocks: Iterable[RowBlock],
    *,
    removed: Keys = NO_KEYS,
    stories: Sequence[Story] = (),
    target: float | None = None,
) -> Draft:
    """Stage what has changed since the live generation.

    Vectors that are already stored are shared with it by hard links, and so is the index, to
    which a tail is added, until a quarter of it is deleted or it has doubled; then both are
    made anew.
    The answers are those of a draft of the same articles and vectors. All that is taken
    over is read through first: new checksums would hide what was altered.

    Parameters
    ----------
    lock
        Of the base.
    base
        The live generation; its centring is kept.
    blocks
        New articles and those whose vectors have changed.
    removed
        Keys of articles to leave out, int64; unknown ones are ignored.
    stories
        As for `draft`; the run is that of `base`.
    target
        Recall to tune to from now on, in (0, 1]; None keeps that of `base`.

    Raises
    ------
    MismatchError
        `base` is no longer the live one.
    DamagedError
        A file of `base` is not what was written.
    InputError, StorageError
        As in `draft`.
    """
    expect_live(base, "engine rebuild")
    target = base.manifest.audit.target if target is None else target
    check_target(target)
    base.check()
    with storage_errors(lock.layout.root), ExitStack() as failure:
        staging = failure.enter_context(StagingFolder(lock))
        rows = stage_rows(staging.files, blocks, base=base, removed=removed)
        rows, index = _indexed(staging.files, rows, base, target)
        failure.pop_all()  # the draft keeps the folder
    content = GenerationContent(
        rows.keys, rows.published, index.index, base.centring, stories, base.manifest.run
    )
    return Draft(content, rows, index, staging, base, target)


def _indexed(
    staging: GenerationLayout, rows: StagedRows, base: Generation, target: float
) -> tuple[StagedRows, StagedIndex]:
    """Return `rows` with the index of `base` extended to them, or both made anew."""
    manifest = base.manifest
    n_rows, n_stored = len(rows.vectors), rows.vectors.n_stored
    kind = manifest.index_kind
    if kind == kind_for(len(base), manifest.dim):  # nobody asked for another one
        kind = kind_for(n_rows, manifest.dim)
    elif n_rows < LEAST_ROWS:
        kind = "flat"
    sparse = n_stored - n_rows > COMPACTED_SHARE * n_stored
    if kind == manifest.index_kind != "flat" and not sparse:
        index = stage_grown_index(staging, base, rows.vectors, target)
        if index is not None:
            return rows, index
    if rows.vectors.places is not None:
        rows = compact(staging, rows)
    return rows, stage_index(staging, build_index(rows.vectors, kind=kind, target=target))
