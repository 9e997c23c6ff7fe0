"""The verbs that search a base: all that a question on the command line needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import EngineError
from engine.jobs.base.opened import OpenBase
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import StoryMatch, match_stories
from engine.jobs.querying.query import Query
from engine.jobs.querying.ranking import EVENT
from engine.jobs.querying.search import Wanted, as_queries, find_similar, one_query, read_ahead
from engine.store import ArticleFilter

if TYPE_CHECKING:
    from engine.jobs.querying.explain import Why


class Searching(OpenBase):
    """What searches an open base; `engine.questions.Questions` can ask more of it.

    Apart from the rest, whose imports take longer than to answer a question.

    Parameters
    ----------
    folder
        Where the base lies.
    setup
        What varies.
    """

    def open_ahead(self) -> None:
        """Read in a thread what a search needs, while what to search for is encoded.

        What cannot be read is told by the search.
        """
        reader = self.reader

        def read() -> None:
            with suppress(EngineError, OSError):
                read_ahead(reader)

        Thread(target=read, name="ahead").start()

    def query(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as the command line says it
        file: Path | None = None,
        stdin: BinaryIO | None = None,
    ) -> Query:
        """Return what to search for, from one of these; see `engine.jobs.querying.search`."""
        return one_query(self.reader, text, id_=id, file=file, stdin=stdin)

    def similar(
        self,
        query: Query | str,
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[Hit]:
        """Return related articles, best first; see `engine.jobs.querying.search.Wanted`."""
        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, as_queries(self.reader, [query]), wanted)[0]

    def similar_to_each(
        self,
        queries: Sequence[Query | str],
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[list[Hit]]:
        """Return the related articles of each query, as `similar` does, all at once.

        Texts are encoded together, found by one search, and judged together: for 50 questions
        a fraction of the time (``benchmarks/queries.py``).
        """
        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, as_queries(self.reader, queries), wanted)

    def match(self, query: Query | str) -> StoryMatch:
        """Return the story of the event of a text, or none; see `engine.jobs.querying.match`."""
        return match_stories(self.reader, [query])[0]

    def why(self, query: Query, hits: Sequence[Hit]) -> list[Why]:
        """Explain each of `hits`; see `engine.jobs.querying.explain.why`."""
        from engine.jobs.querying.explain import why  # imports what clusters

        return why(self.reader, query, hits)
