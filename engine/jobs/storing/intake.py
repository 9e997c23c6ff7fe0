"""Which inputs are read, and how: files, feeds and pages by address, a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from engine.arguments import expect_fields
from engine.domain import Article, Reject
from engine.errors import InputError
from engine.protocols import Progress, silent
from engine.reading import read
from engine.reading.fields import own_names
from engine.reading.sources.rows import ArrowStream, Rows, read_rows
from engine.workers.processes import ProcessExecutor, expect_workers

if TYPE_CHECKING:
    from engine.reading.sources.fetching import Fetcher

Source: TypeAlias = (
    str
    | Path
    | Article
    | Mapping[str, object]
    | ArrowStream
    | Iterable[str | Path]
    | Iterable[Article | Mapping[str, object]]
)
"""What articles are read from: a path, an article or a dict, or many of one of them; or a
table, see `engine.reading.sources.rows.ArrowStream`. A text is a path, not its letters."""


@dataclass(frozen=True, slots=True)
class Intake:
    """How inputs are read.

    Attributes
    ----------
    renamed
        Field of the engine to the input's own name for it, as in ``{"title": "kop"}``. Any
        name that is known stands for the field: `text` and `body` are one.
    fetch
        Whether web addresses among the paths are fetched; else they are rejects.
    allow_private
        Whether addresses on this machine and its networks may be fetched.
    query
        A SELECT for the one path, which is then a database.
    workers
        Processes that read pages and records, where there are many. More than one are
        started by importing the program's main module, which must then be guarded by
        ``if __name__ == "__main__"``.

    Raises
    ------
    InputError
        `renamed` names something that is no field, there is no process to read, or a field is of
        another type.
    """

    renamed: Mapping[str, str] | None = None
    fetch: bool = False
    allow_private: bool = False
    query: str | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        """Refuse names that stand for no field, and fields of other types."""
        expect_fields(self)
        expect_workers(self.workers)
        if self.renamed is not None:
            object.__setattr__(self, "renamed", own_names(self.renamed))


PLAIN = Intake()
"""Files only, with the names that are known."""


def take_in(
    source: Source,
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
    source
        Paths as `engine.reading.read` takes them, with a query one database; or articles,
        see `engine.reading.sources.rows.read_rows`.
    fetched, stdin, progress
        As `engine.reading.read` takes them.
    intake
        How they are read.
    fetcher
        As `web_fetcher` returns it.

    Raises
    ------
    InputError
        The database cannot be queried, or there is not exactly one; or the source is none.
    MissingExtraError
        A table is given and pyarrow is not installed.
    """
    paths, rows = _told_apart(source)
    if intake.query is not None:
        from engine.reading.sources.databases import read_query

        if len(paths) != 1:
            raise InputError(f"a query needs exactly one database, found {len(paths)} paths")
        yield from read_query(
            paths[0], intake.query, fetched=fetched, progress=progress, renamed=intake.renamed
        )
        return
    if rows is not None:
        yield from read_rows(rows, fetched=fetched, progress=progress, renamed=intake.renamed)
        return
    with ProcessExecutor(intake.workers) as executor:
        yield from read(
            paths,
            fetched=fetched,
            stdin=stdin,
            progress=progress,
            renamed=intake.renamed,
            fetcher=fetcher,
            executor=executor if intake.workers > 1 else None,
        )


def _told_apart(source: Source) -> tuple[Sequence[str | Path], Rows | None]:
    """Return the paths of a source, or its articles where it holds those."""
    if isinstance(source, str | Path):
        return [source], None
    if isinstance(source, Article | Mapping):
        return [], [source]
    if isinstance(source, ArrowStream):
        return [], source
    if hasattr(source, "columns") or not isinstance(source, Iterable):
        raise InputError(
            "expected paths, articles, dicts or a table that Arrow can read (pandas from 2.2), "
            f"found a {type(source).__name__}"
        )
    found = iter(source)
    first = next(found, None)
    if first is None:
        return [], None
    if not isinstance(first, str | Path):
        return [], cast("Rows", chain([first], found))
    paths = [first, *found]
    if not all(isinstance(path, str | Path) for path in paths):
        raise InputError("expected paths or articles, found some of both; take them in apart")
    return cast("list[str | Path]", paths), None


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
