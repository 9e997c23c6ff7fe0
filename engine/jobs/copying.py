"""A base as one file, for another machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from engine.disk.files import link_or_copy
from engine.disk.layout import REHEARSAL_PREFIX, Layout
from engine.disk.lock import AT_ONCE, writing
from engine.errors import NotFoundError
from engine.generations.archive import export_archive
from engine.generations.generation import live_name
from engine.jobs.session import Writer
from engine.store import Corpus


def export_base(writer: Writer, target: Path) -> str:
    """Write the base to one file; return the name of the live generation, which it holds.

    Besides that it holds all articles, the ledger and what the base has learnt.

    Raises
    ------
    NotFoundError
        Nothing is published.
    DamagedError
        The live generation fails its checks.
    StorageError
        The file cannot be written.
    """
    generation = writer.published
    with tempfile.TemporaryDirectory(dir=writer.layout.root) as folder:
        copy = Path(folder) / "corpus.sqlite"
        writer.corpus.copy_to(copy)
        export_archive(writer.lock, generation, target, corpus=copy)
    return generation.name


@contextmanager
def rehearsal(layout: Layout, *, patience: timedelta = AT_ONCE) -> Iterator[Layout]:
    """Give a copy of a base; it is deleted in the end, and nothing of the base changes.

    The corpus is copied, the files of the live generation are shared by hard links, as
    they never change. Takes the lock, so that both belong together, and waits for it as
    long as `patience`.

    Raises
    ------
    LockedError
        Another run is writing.
    """
    with writing(layout, command="a rehearsal", patience=patience):
        for left in layout.root.glob(f"{REHEARSAL_PREFIX}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=REHEARSAL_PREFIX, dir=layout.root) as folder:
            copy = Layout(Path(folder))
            if layout.corpus.exists():
                with Corpus(layout.corpus) as corpus:
                    corpus.copy_to(copy.corpus)
            _share_live(layout, copy)
            for path in (*layout.learnt, layout.fetched):
                if path.exists():
                    shutil.copy(path, copy.root)
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
