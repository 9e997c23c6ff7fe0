"""The steps that make a publication whole or nothing."""

from __future__ import annotations

import os
import shutil
import weakref
from contextlib import suppress
from datetime import datetime, timedelta

from engine.disk.files import make_folder, replace_file, sync_folder, write_checked
from engine.disk.layout import STAGING_PREFIX, GenerationLayout, Layout
from engine.disk.lock import WriteLock
from engine.errors import DamagedError, MismatchError, NotFoundError
from engine.generations.generation import Generation, generation_names, live_name, open_generation
from engine.generations.manifest import NAME_TIME, Manifest
from engine.protocols import Closing


class StagingFolder(Closing):
    """A fresh folder to write in; it goes when it is left or forgotten.

    Making one deletes what killed runs left, so there is one at a time, under the lock.

    Parameters
    ----------
    lock
        Of the base.

    Attributes
    ----------
    files
        The names of the files in it.
    """

    def __init__(self, lock: WriteLock) -> None:
        remove_leftovers(lock)
        layout = lock.layout
        make_folder(layout.generations)
        folder = layout.generations / f"{STAGING_PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
        folder.mkdir()
        self.files = GenerationLayout(folder)
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def close(self) -> None:
        """Delete it, unless it was renamed."""
        self._remove()


def remove_leftovers(lock: WriteLock) -> None:
    """Delete what killed runs left behind."""
    for folder in lock.layout.generations.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(folder)


def expect_live(generation: Generation, command: str) -> None:
    """Raise MismatchError unless `generation` is the live one; `command` is to be run again."""
    if (live := live_name(generation.layout)) != generation.name:
        raise MismatchError(
            f"this was made from generation {generation.name}, but {live} is live now; "
            f"run '{command}' again"
        )


def make_live(lock: WriteLock, staging: GenerationLayout, manifest: Manifest) -> Generation:
    """Seal the staging folder, rename it and let ``CURRENT`` name it."""
    layout = lock.layout
    write_checked(staging.manifest, manifest.encode())
    sync_folder(staging.folder)
    final = layout.generation(manifest.name).folder
    staging.folder.rename(final)
    sync_folder(layout.generations)
    try:
        generation = open_generation(layout, manifest.name)
        name_live(lock, manifest.name)
    except BaseException:
        if live_or_none(layout) != manifest.name:
            final.rename(staging.folder)  # which is then deleted
        raise
    return generation


def name_live(lock: WriteLock, name: str) -> None:
    """Let ``CURRENT`` name a generation, which is there and sound."""
    replace_file(lock.layout.current, f"{name}\n".encode())


def live_or_none(layout: Layout) -> str | None:
    """Return the name of the live generation, None where there is none."""
    try:
        return live_name(layout)
    except (DamagedError, NotFoundError):
        return None


def next_moment(layout: Layout, now: datetime) -> datetime:
    """Return `now`, or just after the newest generation if the clock was set back."""
    for name in generation_names(layout)[-1:]:
        with suppress(ValueError):
            newest = datetime.strptime(f"{name.partition('-')[0]}+0000", f"{NAME_TIME}%z")
            now = max(now, newest + timedelta(microseconds=1))
    return now
