"""A base as one file, for another machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.disk.layout import Layout
from engine.generations.archive import export_archive
from engine.generations.generation import open_live
from engine.jobs.settling import writer


def export_base(layout: Layout, target: Path) -> str:
    """Write the base to one file; return the name of the live generation, which it holds.

    Besides that it holds all articles, the ledger and what the base has learnt.

    Raises
    ------
    NotFoundError
        Nothing is published.
    DamagedError
        The live generation fails its checks.
    LockedError
        A run is writing: articles and generation must belong together.
    StorageError
        The file cannot be written.
    """
    with writer(layout, command="export") as corpus:
        generation = open_live(layout)
        with tempfile.TemporaryDirectory(dir=layout.root) as folder:
            copy = Path(folder) / "corpus.sqlite"
            corpus.copy_to(copy)
            export_archive(generation, target, corpus=copy)
    return generation.name
