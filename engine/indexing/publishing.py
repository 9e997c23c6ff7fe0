"""Publishing generations: stage, sync, verify by reading back, rename, make live."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import TEXT_VERSION, EncoderSpec, Rows, Story
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError, StorageError
from engine.indexing.durable import (
    file_sha256,
    link_or_copy,
    make_folder,
    replace_file,
    sync_file,
    sync_folder,
)
from engine.indexing.exact import ExactIndex, recall
from engine.indexing.faiss_index import FaissIndex, read_index, write_index
from engine.indexing.generations import (
    Generation,
    as_array,
    generation_names,
    live_name,
    map_file,
    open_generation,
)
from engine.indexing.layout import STAGING_PREFIX, GenerationLayout, Layout
from engine.indexing.lock import writing
from engine.indexing.manifest import NAME_TIME, SCHEMA_VERSION, Audit, FileRecord, Manifest
from engine.indexing.stories_file import encode_stories

AUDIT_QUERIES = 64
AUDIT_NEIGHBOURS = 10
LEAST_RECALL = 0.8
"""Recall below which an index is taken for broken rather than approximate."""


@dataclass(frozen=True, slots=True)
class GenerationContent:
    """What is to be published.

    Attributes
    ----------
    keys
        Int64, (n,), ascending: the store's key of each row.
    published
        Int64, (n,): epoch seconds of publication, `generations.UNDATED` where not known.
    index
        Over the centred vectors, (n, dim); row i is the article `keys[i]`.
    centring
        Content of the centring file, as the encoding stage wrote it.
    stories
        Any order; it is kept.
    run
        The run of the ledger that made the stories; 0: none did.
    """

    keys: Rows
    published: Rows
    index: FaissIndex
    centring: bytes
    stories: Sequence[Story] = ()
    run: int = 0

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        n_rows = len(self.index)
        for name in ("keys", "published"):
            array = getattr(self, name)
            if array.dtype != np.int64 or array.shape != (n_rows,):
                raise InputError(
                    f"expected {name} as int64 of shape ({n_rows},), "
                    f"got {array.dtype} of shape {array.shape}"
                )
        if (np.diff(self.keys) <= 0).any():
            raise InputError("expected ascending keys without repetitions")


def publish(
    layout: Layout,
    content: GenerationContent,
    *,
    fingerprint: str,
    encoder: EncoderSpec,
    text_version: int = TEXT_VERSION,
) -> Generation:
    """Publish `content` as the live generation, or leave everything as it was.

    Parameters
    ----------
    layout
        The base.
    content
        Rows, index and stories.
    fingerprint, encoder, text_version
        How the vectors were made; kept in the manifest.

    Raises
    ------
    LockedError
        Another run is writing.
    StorageError
        The disk is full or not writable, or does not give back what was written.
    """
    vectors = content.index.vectors
    with _staged(layout) as staging:
        files = {
            path.name: _write(path, array)
            for path, array in (
                (staging.keys, content.keys),
                (staging.published, content.published),
                (staging.embeddings, vectors),
            )
        }
        files[staging.centring.name] = _write(staging.centring, content.centring)
        files[staging.stories.name] = _write(staging.stories, encode_stories(content.stories))
        write_index(content.index, staging.index)
        sync_file(staging.index)
        files[staging.index.name] = _record(staging.index)
        manifest = Manifest(
            schema=SCHEMA_VERSION,
            created=_next_moment(layout),
            parent=_parent(layout),
            fingerprint=fingerprint,
            encoder=encoder,
            text_version=text_version,
            dim=vectors.shape[1],
            index_kind=content.index.kind,
            index_parameters=content.index.parameters,
            n_articles=len(content.keys),
            n_stories=len(content.stories),
            run=content.run,
            files=files,
            audit=_audit(staging, content.index),
            libraries=_libraries(),
        )
        return _make_live(layout, staging, manifest)


def publish_stories(generation: Generation, stories: Sequence[Story], *, run: int) -> Generation:
    """Publish the live generation again with other stories, made by run `run` of the ledger.

    The other files are shared with it by hard links, so this costs no space.

    Raises
    ------
    MismatchError
        `generation` is no longer the live one.
    LockedError, StorageError
        As in `publish`.
    """
    layout = generation.layout
    with _staged(layout) as staging:
        if (live := live_name(layout)) != generation.name:
            raise MismatchError(
                f"the stories were made from generation {generation.name}, but {live} is live "
                "now; run 'engine cluster' again"
            )
        source = layout.generation(generation.name)
        files = dict(generation.manifest.files)
        for file in files:
            if file != staging.stories.name:
                link_or_copy(source.folder / file, staging.folder / file)
        files[staging.stories.name] = _write(staging.stories, encode_stories(stories))
        manifest = replace(
            generation.manifest,
            created=_next_moment(layout),
            parent=generation.name,
            n_stories=len(stories),
            run=run,
            files=files,
            libraries=_libraries(),
        )
        return _make_live(layout, staging, manifest)


@contextmanager
def _staged(layout: Layout) -> Iterator[GenerationLayout]:
    """Give a fresh folder to write in, under the lock; nothing of it stays on failure."""
    try:
        with writing(layout, command="engine publish"):
            remove_leftovers(layout)
            make_folder(layout.generations)
            folder = layout.generations / f"{STAGING_PREFIX}{os.getpid()}"
            folder.mkdir()
            try:
                yield GenerationLayout(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"cannot write to {layout.root} ({error}); nothing that was published is lost: "
            "free space or give write permission, and run this again"
        ) from error


def remove_leftovers(layout: Layout) -> None:
    """Delete what killed runs left behind; the caller holds the lock."""
    for folder in layout.generations.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(folder)


def _make_live(layout: Layout, staging: GenerationLayout, manifest: Manifest) -> Generation:
    _write(staging.manifest, manifest.encode())
    sync_folder(staging.folder)
    final = layout.generation(manifest.name).folder
    staging.folder.rename(final)
    sync_folder(layout.generations)
    try:
        generation = open_generation(layout, manifest.name)
        replace_file(layout.current, f"{manifest.name}\n".encode())
    except BaseException:
        if not _is_live(layout, manifest.name):
            final.rename(staging.folder)  # which is removed
        raise
    return generation


def _is_live(layout: Layout, name: str) -> bool:
    try:
        return live_name(layout) == name
    except (DamagedError, NotFoundError):
        return False


def _write(path: Path, content: bytes | npt.NDArray[np.generic]) -> FileRecord:
    """Write, sync and read back; arrays as ``.npy``."""
    with path.open("wb") as stream:
        hashing = _HashingStream(stream.write)
        if isinstance(content, bytes):
            hashing.write(content)
        else:
            np.save(hashing, content, allow_pickle=False)
    sync_file(path)
    record = _record(path)
    if record.sha256 != hashing.digest.hexdigest():
        raise StorageError(f"{path} does not hold what was written to it; check the disk")
    return record


class _HashingStream:
    """Hands on what is written to it, and keeps its SHA-256."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self.digest = hashlib.sha256()
        self._write = write

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._write(data)


def _record(path: Path) -> FileRecord:
    return FileRecord(path.stat().st_size, file_sha256(path))


def _parent(layout: Layout) -> str | None:
    try:
        return live_name(layout)
    except (DamagedError, NotFoundError):
        return None


def _next_moment(layout: Layout) -> datetime:
    """Return now, or just after the newest generation if the clock was set back."""
    now = datetime.now(UTC)
    for name in generation_names(layout)[-1:]:
        with suppress(ValueError):
            newest = datetime.strptime(f"{name.partition('-')[0]}+0000", f"{NAME_TIME}%z")
            now = max(now, newest + timedelta(microseconds=1))
    return now


def audit(index: FaissIndex) -> Audit:
    """Search for some rows of `index` exactly and by the index, and compare.

    Raises
    ------
    DamagedError
        The index finds so little that it must be broken.
    """
    vectors = index.vectors
    n_queries = min(AUDIT_QUERIES, len(vectors))
    rows = np.linspace(0, max(0, len(vectors) - 1), n_queries).astype(np.int64)
    queries = vectors[rows]
    truth = ExactIndex(vectors).search(queries, AUDIT_NEIGHBOURS)
    found = recall(index.search(queries, AUDIT_NEIGHBOURS), truth)
    if found < LEAST_RECALL:
        raise DamagedError(
            f"the {index.kind} index finds only {found:.0%} of the nearest articles, "
            f"expected at least {LEAST_RECALL:.0%}; run 'engine rebuild'"
        )
    return Audit(n_queries=n_queries, k=AUDIT_NEIGHBOURS, recall=found)


def _audit(staging: GenerationLayout, index: FaissIndex) -> Audit:
    """Audit the index as it can be read back from the staging folder."""
    name = staging.folder.name
    vectors = as_array(name, staging.embeddings.name, map_file(staging.embeddings))
    return audit(
        read_index(map_file(staging.index), vectors, kind=index.kind, parameters=index.parameters)
    )


def _libraries() -> dict[str, str]:
    version = importlib.metadata.version
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "faiss-cpu": version("faiss-cpu"),
    }
