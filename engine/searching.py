"""The verbs that search a base: all that a question on the command line needs.

What searches is imported when something is asked, so that a base is opened, and read in a thread,
before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO

from engine.arguments import checked_methods
from engine.errors import EngineError
from engine.index.faiss_index import load_faiss
from engine.jobs.base.opened import OpenBase

if TYPE_CHECKING:
    from engine.generations.ahead import OpenedAhead
    from engine.jobs.base.reader import Reader
    from engine.jobs.querying.explain import Why
    from engine.jobs.querying.hits import Hit
    from engine.jobs.querying.match import StoryMatch
    from engine.jobs.querying.query import Query
    from engine.store import ArticleFilter


@checked_methods
class Searching(OpenBase):
    """What searches an open base; `engine.questions.Questions` can ask more of it.

    Apart from the rest, whose imports take longer than to answer a question.

    Parameters
    ----------
    folder
        Where the base lies.
    setup
        What varies.
    ahead
        Has begun to open the base.
    """

    def open_ahead(self, *, encodes: bool) -> None:
        """Make in threads what a search needs, while it is imported and the question cleaned.

        What cannot be read is told by the search.

        Parameters
        ----------
        encodes
            Start the encoder, too.
        """
        reader = self.reader
        if encodes:
            _begin("encoder", partial(_start_encoder, reader))
        _begin("index", partial(_read_index, reader))
        _begin("search", partial(_prepare, reader, self._ahead))

    def query(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as the command line says it
        file: str | Path | None = None,
        stdin: BinaryIO | None = None,
    ) -> Query:
        """Return what to search for, from one of these; see `engine.jobs.querying.query`."""
        from engine.jobs.querying.query import one_query

        path = None if file is None else Path(file)
        return one_query(self.reader, text, id_=id, file=path, stdin=stdin)

    def similar(
        self,
        query: Query | str,
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = "event",
    ) -> list[Hit]:
        """Return related articles, best first; see `engine.jobs.querying.search.Wanted`."""
        return self.similar_to_each(
            [query], k=k, which=which, minimum=minimum, fold=fold, mode=mode
        )[0]

    def similar_to_each(
        self,
        queries: Sequence[Query | str],
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = "event",
    ) -> list[list[Hit]]:
        """Return the related articles of each query, as `similar` does, all at once.

        Texts are encoded together, found by one search, and judged together: for 50 questions
        a fraction of the time (``benchmarks/queries.py``).
        """
        from engine.jobs.querying.query import as_queries
        from engine.jobs.querying.search import Wanted, find_similar

        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, as_queries(self.reader, queries), wanted)

    def match(self, query: Query | str) -> StoryMatch:
        """Return the story of the event of a text, or none; see `engine.jobs.querying.match`."""
        from engine.jobs.querying.match import match_stories

        return match_stories(self.reader, [query])[0]

    def why(self, query: Query, hits: Sequence[Hit]) -> list[Why]:
        """Explain each of `hits`; see `engine.jobs.querying.explain.why`."""
        from engine.jobs.querying.explain import why  # imports what clusters

        return why(self.reader, query, hits)


def _begin(name: str, work: Callable[[], None]) -> None:
    def run() -> None:
        with suppress(EngineError, OSError):
            work()

    Thread(target=run, name=name).start()


def _read_index(reader: Reader) -> None:
    load_faiss()  # beside what checks the index
    reader.generation.index  # noqa: B018 - beside what imports: FAISS needs no interpreter


def _prepare(reader: Reader, ahead: OpenedAhead | None) -> None:
    from engine.jobs.querying.search import read_ahead

    if ahead is not None:
        ahead.wait()
    read_ahead(reader)


def _start_encoder(reader: Reader) -> None:
    reader.encode(["warm"])  # its vocabulary is read when it first encodes
