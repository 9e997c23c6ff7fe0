"""The two clients: one waits for its answers, one is awaited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from engine.client import calls
from engine.client.calls import Call
from engine.domain import Article, Story
from engine.errors import ServerError
from engine.jobs.clustering.correct import Corrected, InForce
from engine.jobs.lookup.alerts import BreakingStory
from engine.jobs.lookup.history import StoryHistory
from engine.jobs.lookup.listing import ALL, StoryFilter
from engine.jobs.lookup.outlines import StoryOutline
from engine.jobs.lookup.watches import Watch
from engine.jobs.querying.search import BEST, Wanted
from engine.jobs.querying.showing import ShownArticle
from engine.jobs.telling.matters import Matter, MatterTimeline
from engine.protocols import Closing
from engine.reports.watch_news import WatchNews
from engine.serve.health import Health
from engine.serve.values import Embedded, Found, Matched, Page
from engine.store import Run

T = TypeVar("T")

SECONDS = 60.0
"""How long an answer is waited for: longer than the server takes before it gives up."""


class Client(Closing):
    """Asks a server, and waits for its answers; its verbs are those of `engine.Base`.

    Parameters
    ----------
    address
        Of the server, as ``http://127.0.0.1:8080``.
    token
        As `engine tokens add` printed it; empty: none.
    transport
        What sends requests; None sends them over the network.

    Examples
    --------
    >>> from engine.client import Client
    >>> with Client("http://127.0.0.1:8080") as client:  # doctest: +SKIP
    ...     found = client.similar("a soldier surrendered to a drone near Bakhmut")
    """

    def __init__(
        self, address: str, *, token: str = "", transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._http = httpx2.Client(transport=transport, **_options(address, token))

    def ask(self, call: Call[T]) -> T:
        """Return the answer of one request; raises as `Call.answered`."""
        try:
            answer = self._http.request(call.method, call.path, params=call.params, json=call.body)
            content = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unanswered(error) from error
        return call.answered(answer.status_code, content)

    def close(self) -> None:
        """Close the connections; safe to call twice."""
        self._http.close()

    def similar(
        self, texts: str | Sequence[str] = (), *, ids: Sequence[str] = (), wanted: Wanted = BEST
    ) -> Found:
        """Return the related articles of each text, then of each article by its id."""
        return self.ask(calls.similar(_several(texts), ids, wanted))

    def match(self, texts: str | Sequence[str] = (), *, ids: Sequence[str] = ()) -> Matched:
        """Return the story of the event of each text, then of each article, or none."""
        return self.ask(calls.match(_several(texts), ids))

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Return texts as centred vectors."""
        return self.ask(calls.embed(texts))

    def outlines(
        self, which: StoryFilter = ALL, *, limit: int = 50, cursor: str | None = None
    ) -> Page[StoryOutline]:
        """Return a part of the stories that pass, without their articles.

        Its cursor asks for the next one.
        """
        return self.ask(calls.outlines(which, limit, cursor))

    def story(self, id: str) -> Story:  # noqa: A002 - as in `Base`
        """Return one story; the id of one that was merged leads to the survivor."""
        return self.ask(calls.story(id))

    def history(self, story: str) -> StoryHistory:
        """Return the life of a story."""
        return self.ask(calls.history(story))

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return self.ask(calls.articles(ids))

    def show(self, id: str) -> ShownArticle:  # noqa: A002 - as in `Base`
        """Return an article and what is known of it."""
        return self.ask(calls.show(id))

    def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several."""
        return self.ask(calls.correct("merge", stories=list(stories)))

    def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story."""
        return self.ask(calls.correct("split", story=story, articles=list(articles)))

    def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story."""
        return self.ask(calls.correct("move", article=article, story=story))

    def pin(self, article: str) -> Corrected:
        """Keep an article in its story."""
        return self.ask(calls.correct("pin", article=article))

    def undo(self, run: int) -> Corrected:
        """Take back a correction."""
        return self.ask(calls.correct("undo", run=run))

    def approve(self, run: int) -> Corrected:
        """Publish the stories of a held night."""
        return self.ask(calls.approve(run))

    def breaking(
        self, *, since: datetime | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[BreakingStory]:
        """Return a part of the alerts on stories that grow fast, the latest first."""
        return self.ask(calls.breaking(since, limit, cursor))

    def matters(
        self, language: str = "", *, limit: int = 50, cursor: str | None = None
    ) -> Page[Matter]:
        """Return a part of the long matters, that with the latest stage first."""
        return self.ask(calls.matters(language, limit, cursor))

    def matter(
        self,
        id: str,  # noqa: A002 - as in `Base`
        *,
        language: str = "",
        sentences: bool = True,
    ) -> MatterTimeline:
        """Return a matter stage by stage; the id of one that was merged leads to the survivor."""
        return self.ask(calls.matter(id, language, sentences=sentences))

    def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        return self.ask(calls.corrections())

    def watches(self) -> list[Watch]:
        """Return the watches, in the order in which they were added."""
        return self.ask(calls.watches())

    def watched(self, name: str) -> WatchNews:
        """Return what a watch was told lately, the latest first."""
        return self.ask(calls.watched(name))

    def new_to_watch(self, name: str) -> WatchNews:
        """Return what is new to a watch and was not told yet."""
        return self.ask(calls.new_to_watch(name))

    def add_watch(self, watch: Watch, *, mail: Sequence[str] = (), webhook: str = "") -> Watch:
        """Save a query, which is told what comes in from now on."""
        return self.ask(calls.add_watch(watch, mail, webhook))

    def remove_watch(self, name: str) -> Watch:
        """Forget a watch, and what it was told."""
        return self.ask(calls.remove_watch(name))

    def nights(self, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Return a part of the runs of the ledger, the latest first."""
        return self.ask(calls.nights(limit, cursor))

    def health(self) -> Health:
        """Tell whether the server answers, and from which generation."""
        return self.ask(calls.health())


class AsyncClient:
    """As `Client`, but awaited.

    Parameters
    ----------
    address, token, transport
        As for `Client`.
    """

    def __init__(
        self, address: str, *, token: str = "", transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx2.AsyncClient(transport=transport, **_options(address, token))

    async def ask(self, call: Call[T]) -> T:
        """Return the answer of one request; raises as `Call.answered`."""
        try:
            answer = await self._http.request(
                call.method, call.path, params=call.params, json=call.body
            )
            content = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unanswered(error) from error
        return call.answered(answer.status_code, content)

    async def close(self) -> None:
        """Close the connections; safe to call twice."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.close()

    async def similar(
        self, texts: str | Sequence[str] = (), *, ids: Sequence[str] = (), wanted: Wanted = BEST
    ) -> Found:
        """Return the related articles of each text, then of each article by its id."""
        return await self.ask(calls.similar(_several(texts), ids, wanted))

    async def match(self, texts: str | Sequence[str] = (), *, ids: Sequence[str] = ()) -> Matched:
        """Return the story of the event of each text, then of each article, or none."""
        return await self.ask(calls.match(_several(texts), ids))

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Return texts as centred vectors."""
        return await self.ask(calls.embed(texts))

    async def outlines(
        self, which: StoryFilter = ALL, *, limit: int = 50, cursor: str | None = None
    ) -> Page[StoryOutline]:
        """Return a part of the stories that pass, without their articles.

        Its cursor asks for the next one.
        """
        return await self.ask(calls.outlines(which, limit, cursor))

    async def story(self, id: str) -> Story:  # noqa: A002 - as in `Base`
        """Return one story; the id of one that was merged leads to the survivor."""
        return await self.ask(calls.story(id))

    async def history(self, story: str) -> StoryHistory:
        """Return the life of a story."""
        return await self.ask(calls.history(story))

    async def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return await self.ask(calls.articles(ids))

    async def show(self, id: str) -> ShownArticle:  # noqa: A002 - as in `Base`
        """Return an article and what is known of it."""
        return await self.ask(calls.show(id))

    async def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several."""
        return await self.ask(calls.correct("merge", stories=list(stories)))

    async def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story."""
        return await self.ask(calls.correct("split", story=story, articles=list(articles)))

    async def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story."""
        return await self.ask(calls.correct("move", article=article, story=story))

    async def pin(self, article: str) -> Corrected:
        """Keep an article in its story."""
        return await self.ask(calls.correct("pin", article=article))

    async def undo(self, run: int) -> Corrected:
        """Take back a correction."""
        return await self.ask(calls.correct("undo", run=run))

    async def approve(self, run: int) -> Corrected:
        """Publish the stories of a held night."""
        return await self.ask(calls.approve(run))

    async def breaking(
        self, *, since: datetime | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[BreakingStory]:
        """Return a part of the alerts on stories that grow fast, the latest first."""
        return await self.ask(calls.breaking(since, limit, cursor))

    async def matters(
        self, language: str = "", *, limit: int = 50, cursor: str | None = None
    ) -> Page[Matter]:
        """Return a part of the long matters, that with the latest stage first."""
        return await self.ask(calls.matters(language, limit, cursor))

    async def matter(
        self,
        id: str,  # noqa: A002 - as in `Base`
        *,
        language: str = "",
        sentences: bool = True,
    ) -> MatterTimeline:
        """Return a matter stage by stage; the id of one that was merged leads to the survivor."""
        return await self.ask(calls.matter(id, language, sentences=sentences))

    async def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        return await self.ask(calls.corrections())

    async def watches(self) -> list[Watch]:
        """Return the watches, in the order in which they were added."""
        return await self.ask(calls.watches())

    async def watched(self, name: str) -> WatchNews:
        """Return what a watch was told lately, the latest first."""
        return await self.ask(calls.watched(name))

    async def new_to_watch(self, name: str) -> WatchNews:
        """Return what is new to a watch and was not told yet."""
        return await self.ask(calls.new_to_watch(name))

    async def add_watch(
        self, watch: Watch, *, mail: Sequence[str] = (), webhook: str = ""
    ) -> Watch:
        """Save a query, which is told what comes in from now on."""
        return await self.ask(calls.add_watch(watch, mail, webhook))

    async def remove_watch(self, name: str) -> Watch:
        """Forget a watch, and what it was told."""
        return await self.ask(calls.remove_watch(name))

    async def nights(self, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Return a part of the runs of the ledger, the latest first."""
        return await self.ask(calls.nights(limit, cursor))

    async def health(self) -> Health:
        """Tell whether the server answers, and from which generation."""
        return await self.ask(calls.health())


def _options(address: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"base_url": address, "headers": headers, "timeout": SECONDS}


def _unanswered(error: Exception) -> ServerError:
    return ServerError(f"the server did not answer: {error}")


def _several(texts: str | Sequence[str]) -> Sequence[str]:
    """Return the texts; a string is one, not its letters."""
    return [texts] if isinstance(texts, str) else texts
