"""Publishing: a draft with its stories, or the live generation with other stories."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.disk.files import FileRecord, link_or_copy, storage_errors, write_checked
from engine.disk.layout import INDEX, GenerationLayout
from engine.disk.lock import WriteLock
from engine.domain import TEXT_VERSION, EncoderSpec, Story
from engine.errors import InputError
from engine.generations.committing import (
    StagingFolder,
    expect_live,
    live_or_none,
    make_live,
    next_moment,
)
from engine.generations.drafting import Draft
from engine.generations.generation import Generation
from engine.generations.manifest import SCHEMA_VERSION, Manifest
from engine.generations.stories_file import encode_stories
from engine.index.auditing import audit
from engine.index.truth import Truth, exact_truth, renewed_truth
from engine.index.vectors import sampled_rows


def publish(
    lock: WriteLock,
    draft: Draft,
    *,
    now: datetime,
    stories: Sequence[Story],
    run: int,
    fingerprint: str,
    encoder: EncoderSpec,
    text_version: int = TEXT_VERSION,
    cleaner: str = "",
) -> Generation:
    """Make `draft` the live generation, or leave everything as it was.

    Parameters
    ----------
    lock
        Of the base.
    draft
        Articles and index; it can be published once.
    now
        Aware UTC time, of which the generation's name is made.
    stories, run
        Stories in any order, which is kept, and the run of the ledger that made them; 0:
        none did.
    fingerprint, encoder, text_version, cleaner
        How the vectors and their texts were made; kept in the manifest.

    Raises
    ------
    InputError
        The draft was published before, or another one was begun since.
    MismatchError
        The generation that the draft extends is no longer the live one.
    StorageError
        The disk is full or not writable, or does not give back what was written.
    """
    layout, rows, index = lock.layout, draft.rows, draft.index.index
    with storage_errors(layout.root), draft.staging:
        staging = draft.staging.files
        if not staging.folder.is_dir():
            raise InputError("this draft is gone: it was published, or another one was begun")
        if draft.base is not None:
            expect_live(draft.base, "engine rebuild")
        truth = _truth(draft)
        files = _write_files(staging, draft, stories, truth)
        manifest = Manifest(
            schema=SCHEMA_VERSION,
            created=next_moment(layout, now),
            parent=live_or_none(layout),
            fingerprint=fingerprint,
            encoder=encoder,
            text_version=text_version,
            cleaner=cleaner,
            dim=rows.vectors.dim,
            index_kind=index.kind,
            index_parameters=index.parameters,
            n_articles=len(rows.keys),
            n_stories=len(stories),
            n_stored=rows.vectors.n_stored,
            n_centred=len(rows.keys) if draft.base is None else draft.base.manifest.n_centred,
            run=run,
            files=files,
            audit=audit(index, target=draft.target, truth=truth),
            libraries=_libraries(),
        )
        return make_live(lock, staging, manifest)


def _truth(draft: Draft) -> Truth | None:
    """Return what to audit an approximate index by; None: all rows are compared anyway.

    Where its file is that of the generation before, only what is new is compared: whatever wrote
    it was audited by comparing all, and so will be whatever writes it next.
    """
    index, base = draft.index, draft.base
    if index.index.kind == "flat":
        return None
    if base is not None and index.files[INDEX] == base.manifest.files[INDEX]:
        before = base.truth
        if before is not None:
            renewed = renewed_truth(before, draft.rows.vectors)
            if renewed is not None:
                return renewed
    return exact_truth(draft.rows.vectors)


def _write_files(
    staging: GenerationLayout, draft: Draft, stories: Sequence[Story], truth: Truth | None
) -> dict[str, FileRecord]:
    """Write all files but the manifest; vectors and index are there already."""
    rows = draft.rows
    written = {} if draft.base is None else draft.base.lines_of_stories()
    contents: dict[Path, bytes | npt.NDArray[np.generic]] = {
        staging.keys: rows.keys,
        staging.published: rows.published,
        staging.revisions: rows.revisions,
        staging.checksums: rows.vectors.checksums,
        staging.centring: draft.content.centring,
        staging.stories: encode_stories(stories, written),
    }
    if truth is not None:
        contents[staging.truth] = truth.to_bytes()
        contents[staging.sampled] = rows.vectors.halves(sampled_rows(len(rows.vectors)))
    if rows.vectors.places is not None:
        contents[staging.places] = rows.vectors.places
    files = {path.name: write_checked(path, content) for path, content in contents.items()}
    return rows.files | files | draft.index.files


def publish_stories(
    lock: WriteLock,
    generation: Generation,
    stories: Sequence[Story],
    *,
    now: datetime,
    run: int,
) -> Generation:
    """Publish the live generation again with other stories, made by run `run` of the ledger.

    Parameters are as for `publish`. The other files are shared with it by hard links, so
    this costs no space.

    Raises
    ------
    MismatchError
        `generation` is no longer the live one.
    StorageError
        As in `publish`.
    """
    layout = lock.layout
    with storage_errors(layout.root):
        expect_live(generation, "engine cluster")
        with StagingFolder(lock) as staging:
            written = staging.files.stories
            source = layout.generation(generation.name)
            files = dict(generation.manifest.files)
            for file in files:
                if file != written.name:
                    link_or_copy(source.folder / file, staging.files.folder / file)
            content = encode_stories(stories, generation.lines_of_stories())
            files[written.name] = write_checked(written, content)
            manifest = replace(
                generation.manifest,
                created=next_moment(layout, now),
                parent=generation.name,
                n_stories=len(stories),
                run=run,
                files=files,
                libraries=_libraries(),
            )
            return make_live(lock, staging.files, manifest)


def _libraries() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "faiss-cpu": version("faiss-cpu"),
    }
