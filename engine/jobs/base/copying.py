"""Copies of a base: as one file for another machine, and to try a run on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np

from engine.disk.files import link_or_copy, storage_errors
from engine.disk.layout import REHEARSAL_PREFIX, Layout
from engine.disk.lock import AT_ONCE, WriteLock, writing
from engine.errors import DamagedError, LockedError, NotFoundError
from engine.generations.archive import export_archive, import_archive
from engine.generations.generation import Generation, live_name
from engine.jobs.base.reader import Reader
from engine.store import Corpus

COPY_ATTEMPTS = 3
"""How often a copy is taken anew because a run published while it was taken."""


def export_base(reader: Reader, target: Path, *, watches: bool = False) -> str:
    """Write the base to one file; return the name of the live generation, which it holds.

    Besides that it holds all articles, the ledger as of that generation, what the base has
    learnt and what people answered to it. Takes no lock and writes beside `target` alone.

    Parameters
    ----------
    reader
        The base.
    target
        The file.
    watches
        Take along the watches, with the addresses that they are sent to and what they were told.

    Raises
    ------
    NotFoundError
        Nothing is published.
    DamagedError
        The live generation fails its checks, or rows of it have no article.
    StorageError
        The file cannot be written.
    """
    with copied(reader, target.parent, prefix=".export-") as (generation, copies):
        if watches and reader.layout.watches.exists():
            shutil.copy(reader.layout.watches, copies.root)
        export_archive(generation, target, copies=copies)
        return generation.name


@contextmanager
def copied(reader: Reader, beside: Path, *, prefix: str) -> Iterator[tuple[Generation, Layout]]:
    """Give the live generation with a copy of the articles and of what was learnt, as belong to it.

    Parameters
    ----------
    reader
        Of the base.
    beside, prefix
        Where the copies lie, and what the name of their folder begins with.

    Raises
    ------
    NotFoundError, DamagedError, StorageError
        As in `export_base`.
    LockedError
        Others publish faster than the base is copied.
    """
    for _ in range(COPY_ATTEMPTS):
        with (
            storage_errors(beside),
            tempfile.TemporaryDirectory(prefix=prefix, dir=beside) as folder,
        ):
            generation, copies = reader.generation, Layout(Path(folder))
            _copy_for(reader, copies)
            latest = reader.follow()
            if latest is reader:
                yield generation, copies
                return
        reader = latest
    raise LockedError("other runs publish faster than the base is copied; run this again later")


def _copy_for(reader: Reader, copies: Layout) -> None:
    """Copy the articles as they belong to the reader's generation, and what was learnt."""
    generation = reader.generation
    copy_learnt(reader.layout, copies)
    reader.corpus.copy_to(copies.corpus)
    with Corpus(copies.corpus) as corpus:
        lost = np.setdiff1d(generation.keys, corpus.articles.keys())
        if len(lost):
            raise DamagedError(
                f"{len(lost)} rows of generation {generation.name} have no article: a run that "
                "forgets them is under way or was killed; wait for it, or run it again"
            )
        with corpus.transaction():
            corpus.ledger.recover(generation.manifest.run, generation.name)


def copy_learnt(layout: Layout, copies: Layout) -> None:
    """Copy what a base has learnt, and what people answered to it, to a folder that is there."""
    for path in layout.learnt:
        if path.exists():
            shutil.copy(path, copies.root)


def import_base(lock: WriteLock, source: Path) -> str:
    """Make a base of what `export_base` wrote; return the name of the live generation.

    Raises
    ------
    InputError
        There is something in the base already, or `source` cannot be read.
    DamagedError
        The file is not whole, or the base was damaged when it was written.
    MismatchError, StorageError
        As in `import_archive`.
    """

    def check(path: Path) -> None:
        with Corpus(path) as corpus:
            if problems := corpus.check(full=True):
                raise DamagedError(
                    f"{source} holds a base that was damaged when it was exported: "
                    f"{problems[0]}; take another copy, or mend the base and export it again"
                )

    return import_archive(lock, source, check=check).name


@contextmanager
def rehearsal(layout: Layout, *, patience: timedelta = AT_ONCE) -> Iterator[Layout]:
    """Give a copy of a base; it is deleted in the end, and nothing of the base changes.

    The corpus is copied, the files of the live generation are shared by hard links, as
    they never change. Takes the lock, so that both belong together, and waits for it as
    long as `patience`. Where there is no base yet, the copy is an empty folder elsewhere.

    Raises
    ------
    LockedError
        Another run is writing.
    """
    if not layout.root.is_dir():
        with tempfile.TemporaryDirectory(prefix=REHEARSAL_PREFIX) as elsewhere:
            yield Layout(Path(elsewhere))
        return
    with writing(layout, command="a rehearsal", patience=patience):
        for left in layout.root.glob(f"{REHEARSAL_PREFIX}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=REHEARSAL_PREFIX, dir=layout.root) as folder:
            copy = Layout(Path(folder))
            if layout.corpus.exists():
                with Corpus(layout.corpus) as corpus:
                    corpus.copy_to(copy.corpus)
            _share_live(layout, copy)
            copy_learnt(layout, copy)
            if layout.fetched.exists():
                shutil.copy(layout.fetched, copy.root)
            yield copy


def _share_live(layout: Layout, copy: Layout) -> None:
    try:
        name = live_name(layout)
    except NotFoundError:
        return
    folder = copy.generation(name).folder
    folder.mkdir(parents=True)
    for path in layout.generation(name).folder.iterdir():
        link_or_copy(path, folder / path.name)
    copy.current.write_text(f"{name}\n", encoding="ascii")
