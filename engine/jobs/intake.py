"""Which inputs are read, and how: files, feeds and pages by address, a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.domain import Article, Reject
from engine.errors import InputError
from engine.protocols import Progress, silent
from engine.reading import read

if TYPE_CHECKING:
    from engine.reading.sources.fetching import Fetcher


@dataclass(frozen=True, slots=True)
class Intake:
    """How inputs are read.

    Attributes
    ----------
    renamed
        Field of the engine to the input's own name for it, as in ``{"title": "kop"}``.
    fetch
        Whether web addresses among the paths are fetched; else they are rejects.
    allow_private
        Whether addresses on this machine and its networks may be fetched.
    query
        A SELECT for the one path, which is then a database.
    workers
        Processes that read pages. More than one are started by importing the program's
        main module, which must then be guarded by ``if __name__ == "__main__"``.
    """

    renamed: Mapping[str, str] | None = None
    fetch: bool = False
    allow_private: bool = False
    query: str | None = None
    workers: int = 1


PLAIN = Intake()
"""Files only, with the names that are known."""


def take_in(
    paths: Sequence[str | Path],
    intake: Intake = PLAIN,
    *,
    fetched: datetime,
    stdin: BinaryIO | None = None,
    fetcher: Fetcher | None = None,
    progress: Progress = silent,
) -> Iterator[Article | Reject]:
    """Yield every article of the inputs, and a reject for everything that is none.

    Parameters
    ----------
    paths, fetched, stdin, progress
        As `engine.reading.read` takes them; with a query, one database.
    intake
        How they are read.
    fetcher
        As `web_fetcher` returns it.

    Raises
    ------
    InputError
        The database cannot be queried, or there is not exactly one.
    """
    if intake.query is not None:
        from engine.reading.sources.databases import read_query

        if len(paths) != 1:
            raise InputError(f"a query needs exactly one database, found {len(paths)} paths")
        yield from read_query(
            paths[0], intake.query, fetched=fetched, progress=progress, renamed=intake.renamed
        )
        return
    yield from read(
        paths,
        fetched=fetched,
        stdin=stdin,
        progress=progress,
        renamed=intake.renamed,
        fetcher=fetcher,
        workers=intake.workers,
    )


def web_fetcher(intake: Intake, *, memory: Path | None = None) -> Fetcher | None:
    """Return what fetches web addresses, if they are to be fetched.

    Parameters
    ----------
    intake
        Says whether, and whether private addresses may be.
    memory
        File that keeps what addresses said of their age, from one run to the next.
    """
    if not intake.fetch:
        return None
    from engine.reading.sources.fetching import Fetcher

    return Fetcher(memory=memory, allow_private=intake.allow_private)
