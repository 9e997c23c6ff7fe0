"""A base as one file, for another machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.generations.archive import export_archive
from engine.jobs.session import Writer


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
