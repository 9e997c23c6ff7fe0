"""A copy of a base in which a run can be tried without changing anything."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.disk.files import link_or_copy
from engine.disk.layout import REHEARSAL_PREFIX, Layout
from engine.disk.lock import writing
from engine.errors import NotFoundError
from engine.generations.generation import live_name
from engine.store import Corpus


@contextmanager
def rehearsal(layout: Layout) -> Iterator[Layout]:
    """Give a copy of a base; it is deleted in the end, and nothing of the base changes.

    The corpus is copied, the files of the live generation are shared by hard links, as
    they never change. Takes the lock, so that both belong together.

    Raises
    ------
    LockedError
        Another run is writing.
    """
    with writing(layout, command="a rehearsal"):
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
