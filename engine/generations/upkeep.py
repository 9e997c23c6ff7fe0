"""Keeping generations: which there are, whether they are sound, going back, removing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.disk.files import storage_errors, sync_folder
from engine.disk.layout import STAGING_PREFIX, Layout
from engine.disk.lock import WriteLock
from engine.errors import (
    DamagedError,
    EngineError,
    InputError,
    MismatchError,
    NotFoundError,
    damaged,
)
from engine.generations.committing import name_live, remove_leftovers
from engine.generations.generation import (
    Generation,
    generation_names,
    live_name,
    open_generation,
    read_manifest,
)
from engine.generations.manifest import Manifest
from engine.index.auditing import audit
from engine.index.vectors import checked

ROWS_AT_ONCE = 1 << 14

LEAST_KEPT = 1
"""Generations that `prune` keeps at least, besides the live one and its parent."""


@dataclass(frozen=True, slots=True)
class GenerationEntry:
    """One line of the list of generations.

    Attributes
    ----------
    name
        Of the generation.
    live
        Whether it is the one that readers open.
    n_bytes
        Of its files; generations may share files, which are counted in each.
    manifest
        None when it cannot be read.
    problem
        Why not, or empty.
    """

    name: str
    live: bool
    n_bytes: int
    manifest: Manifest | None
    problem: str


def list_generations(layout: Layout) -> list[GenerationEntry]:
    """Return all generations, oldest first, damaged ones too."""
    try:
        live = live_name(layout)
    except (DamagedError, NotFoundError):
        live = ""
    found = [_entry(layout, name, live=name == live) for name in generation_names(layout)]
    # A writer may have pruned one since the list was made.
    return [
        entry
        for entry in found
        if entry.manifest is not None or layout.generation(entry.name).folder.is_dir()
    ]


def _entry(layout: Layout, name: str, *, live: bool) -> GenerationEntry:
    n_bytes = sum(file.st_size for file in _files(layout.generation(name).folder))
    try:
        return GenerationEntry(name, live, n_bytes, read_manifest(layout, name), "")
    except EngineError as error:
        return GenerationEntry(name, live, n_bytes, None, str(error))


def disk_bytes(layout: Layout) -> int:
    """Return the bytes that all generations take; files that they share count once."""
    found = _files(layout.generations)
    return sum({(file.st_dev, file.st_ino): file.st_size for file in found}.values())


def _files(folder: Path) -> Iterator[os.stat_result]:
    """Yield the status of each file in `folder` that no writer deletes meanwhile."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                yield (Path(parent) / name).stat()


def verify(layout: Layout) -> list[str]:
    """Read every generation through and return what is wrong, one sentence each.

    An empty list means: every file is as it was written, counts agree, the index finds
    what exact search finds, and one sound generation is live. Works beside a writer.
    """
    problems = []
    try:
        live = live_name(layout)
    except (DamagedError, NotFoundError) as error:
        problems.append(str(error))
        live = None
    names = generation_names(layout)
    if live is not None and live not in names:
        names.append(live)
    for name in names:
        try:
            verify_generation(layout, name)
        except EngineError as error:
            # A writer may have pruned it since the list was made.
            if name == live or layout.generation(name).folder.is_dir():
                problems.append(str(error))
    return problems


def verify_generation(layout: Layout, name: str) -> Generation:
    """Read generation `name` through and return it.

    Raises
    ------
    DamagedError
        A file is missing, altered or disagrees with the others.
    MismatchError
        A newer engine wrote it.
    """
    generation = open_generation(layout, name)
    generation.check()
    try:
        for start in range(0, len(generation), ROWS_AT_ONCE):
            checked(generation.rows[start : start + ROWS_AT_ONCE])
    except InputError as error:
        raise damaged(name, "one of the embeddings", f"is wrong: {error}") from error
    try:
        audit(generation.index, target=generation.manifest.audit.target)
    except DamagedError as error:
        raise damaged(name, "index.faiss", f"is wrong: {error}") from error
    if (np.diff(generation.keys) <= 0).any():
        raise damaged(name, "keys.npy", "is not ascending")
    if (n_stories := len(generation.stories())) != (expected := generation.manifest.n_stories):
        raise damaged(name, "stories.jsonl", f"holds {n_stories} stories, expected {expected}")
    return generation


def adopt(lock: WriteLock, folder: Path, name: str) -> Generation:
    """Put a folder with the files of a generation among the others, once it is read through.

    Parameters
    ----------
    lock
        Of the base.
    folder
        With all files and nothing else, synced; it stays where it is if they are not sound.
    name
        Of the generation, which is not there yet.

    Raises
    ------
    DamagedError, MismatchError
        As in `verify_generation`.
    """
    layout = lock.layout
    final = layout.generation(name).folder
    folder.rename(final)
    try:
        generation = verify_generation(layout, name)
    except BaseException:
        final.rename(folder)
        raise
    sync_folder(layout.generations)
    return generation


def rollback(lock: WriteLock, name: str | None = None) -> Generation:
    """Make another generation live, once it is read through and sound.

    Parameters
    ----------
    lock
        Of the base.
    name
        The generation; None takes the newest sound one before the live one, or the
        newest sound one where none is live.

    Raises
    ------
    NotFoundError
        There is no such generation, or no sound one.
    DamagedError, MismatchError
        The generation that was named cannot be used.
    """
    layout = lock.layout
    with storage_errors(layout.root):
        names = generation_names(layout)
        if name is not None:
            if name not in names:
                raise NotFoundError(
                    f"there is no generation {name!r}; there are: {', '.join(names) or 'none'}"
                )
            generation = verify_generation(layout, name)
        else:
            generation = _newest_sound(layout, names)
        name_live(lock, generation.name)
        return generation


def _newest_sound(layout: Layout, names: list[str]) -> Generation:
    try:
        live = live_name(layout)
    except (DamagedError, NotFoundError):
        live = ""
    if live in names:
        names = names[: names.index(live)]
    for name in reversed(names):
        try:
            return verify_generation(layout, name)
        except (DamagedError, MismatchError):
            continue
    before = f" before {live}" if live else ""
    raise NotFoundError(f"there is no sound generation{before}; run 'engine rebuild'")


def check_kept(keep: int) -> None:
    """Raise InputError unless `keep` is a number of generations that can be kept."""
    if keep < LEAST_KEPT:
        raise InputError(f"expected to keep at least {LEAST_KEPT} generation, got {keep}")


def prune(lock: WriteLock, *, keep: int) -> list[str]:
    """Delete all but the newest generations and return the names of the deleted.

    The live generation and its parent are always kept; readers that have a deleted one
    open go on reading it.

    Parameters
    ----------
    lock
        Of the base.
    keep
        Newest generations to keep, at least 1.

    Raises
    ------
    InputError
        `keep` is less than 1.
    NotFoundError, DamagedError
        No generation is live: nothing is deleted.
    """
    check_kept(keep)
    layout = lock.layout
    with storage_errors(layout.root):
        live = live_name(layout)
        names = generation_names(layout)
        kept = {*names[-keep:], live, read_manifest(layout, live).parent}
        return discard(lock, [name for name in names if name not in kept])


def discard(lock: WriteLock, names: Sequence[str]) -> list[str]:
    """Delete generations, none of them live, and return their names."""
    layout = lock.layout
    for name in names:
        # Renamed first: a kill in between leaves no half generation behind.
        folder = layout.generation(name).folder
        folder.rename(layout.generations / f"{STAGING_PREFIX}{name}")
    if names:
        sync_folder(layout.generations)
        remove_leftovers(lock)
    return list(names)
