"""The requests of a client, and what their answers become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from engine.domain import Article, Story
from engine.errors import (
    EngineError,
    InputError,
    ListChangedError,
    LockedError,
    NotFoundError,
    ServerError,
)
from engine.jobs.clustering.correct import Corrected, InForce
from engine.jobs.lookup.alerts import BreakingStory
from engine.jobs.lookup.history import StoryHistory
from engine.jobs.lookup.listing import StoryFilter
from engine.jobs.lookup.outlines import StoryOutline
from engine.jobs.lookup.watches import Watch
from engine.jobs.querying.search import Wanted
from engine.jobs.querying.showing import ShownArticle
from engine.jobs.telling.matters import Matter, MatterTimeline
from engine.reports.watch_news import WatchNews
from engine.serve.health import Health
from engine.serve.values import Embedded, Found, Matched, Page
from engine.store import Run

T = TypeVar("T")

API = "/v1"

ERRORS: Mapping[int, type[EngineError]] = {
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.GONE: ListChangedError,
    HTTPStatus.UNPROCESSABLE_ENTITY: InputError,
    HTTPStatus.LOCKED: LockedError,
}
"""What a refusal is raised as; others are a `ServerError`."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request.

    Attributes
    ----------
    result
        Type of the answer.
    method, path
        Of HTTP; the path begins after the server's name.
    params, body
        What is asked, in the address or as JSON.
    """

    result: type[T]
    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def answered(self, status: int, content: object) -> T:
        """Return the value of an answer.

        Raises
        ------
        NotFoundError, InputError, ListChangedError, LockedError
            As the engine of the server raised it.
        ServerError
            It refuses for another reason, or it is no server of this engine.
        """
        if status >= HTTPStatus.BAD_REQUEST:
            detail = content.get("detail") if isinstance(content, dict) else None
            raise ERRORS.get(status, ServerError)(f"{detail or HTTPStatus(status).phrase}")
        try:
            adapter = _adapter(self.result)  # type: ignore[arg-type] # types are hashable
            value: T = adapter.validate_python(content)
        except ValidationError as error:
            raise ServerError(
                f"{self.path}: the answer is no {self.result}; the server may have another version"
            ) from error
        return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - mypy knows no hashable types
    return TypeAdapter(kind)


def _get(result: type[T], path: str, **params: object) -> Call[T]:
    given = {name: value for name, value in params.items() if value not in (None, "", ())}
    return Call(result, "GET", f"{API}{path}", given)


def _post(result: type[T], path: str, **body: object) -> Call[T]:
    return Call(result, "POST", f"{API}{path}", body=body)


def _named(name: str) -> str:
    return quote(name, safe="")


def _asked(texts: Sequence[str], ids: Sequence[str]) -> list[dict[str, str]]:
    return [*({"text": text} for text in texts), *({"id": id_} for id_ in ids)]


def similar(texts: Sequence[str], ids: Sequence[str], wanted: Wanted) -> Call[Found]:
    """Ask for the related articles of each text, then of each article."""
    which = wanted.which
    filters: dict[str, object] = {}
    if which is not None:
        filters = {"languages": list(which.languages), "sources": list(which.sources)}
        moments = (("since", which.since), ("until", which.until))
        filters |= {name: moment.isoformat() for name, moment in moments if moment is not None}
    return _post(
        Found,
        "/similar",
        queries=_asked(texts, ids),
        k=wanted.k,
        minimum=wanted.minimum,
        fold=wanted.fold,
        mode=wanted.mode,
        **filters,
    )


def match(texts: Sequence[str], ids: Sequence[str]) -> Call[Matched]:
    """Ask for the story of each text, then of each article."""
    return _post(Matched, "/event", queries=_asked(texts, ids))


def embed(texts: Sequence[str]) -> Call[Embedded]:
    """Ask for vectors."""
    return _post(Embedded, "/embed", texts=list(texts))


def outlines(which: StoryFilter, limit: int, cursor: str | None) -> Call[Page[StoryOutline]]:
    """Ask for a part of the stories, without their articles."""
    return _get(
        Page[StoryOutline],
        "/stories",
        since=which.since and which.since.isoformat(),
        until=which.until and which.until.isoformat(),
        language=which.language,
        source=which.source,
        words=which.words,
        independent=which.independent,
        order=which.order,
        limit=limit,
        cursor=cursor,
    )


def story(id_: str) -> Call[Story]:
    """Ask for one story."""
    return _get(Story, f"/stories/{_named(id_)}")


def history(id_: str) -> Call[StoryHistory]:
    """Ask for the life of a story."""
    return _get(StoryHistory, f"/stories/{_named(id_)}/history")


def articles(ids: Sequence[str]) -> Call[dict[str, Article]]:
    """Ask for those of some articles that exist."""
    return _get(dict[str, Article], "/articles", id=list(ids))


def show(id_: str) -> Call[ShownArticle]:
    """Ask for an article and what is known of it."""
    return _get(ShownArticle, f"/articles/{_named(id_)}")


def breaking(since: datetime | None, limit: int, cursor: str | None) -> Call[Page[BreakingStory]]:
    """Ask for a part of the alerts on stories that grow fast."""
    return _get(
        Page[BreakingStory],
        "/breaking",
        since=since and since.isoformat(),
        limit=limit,
        cursor=cursor,
    )


def matters(language: str, limit: int, cursor: str | None) -> Call[Page[Matter]]:
    """Ask for a part of the long matters."""
    return _get(Page[Matter], "/matters", language=language, limit=limit, cursor=cursor)


def matter(id_: str, language: str, *, sentences: bool) -> Call[MatterTimeline]:
    """Ask for a matter stage by stage."""
    path = f"/matters/{_named(id_)}"
    return _get(MatterTimeline, path, language=language, sentences=sentences)


def corrections() -> Call[list[InForce]]:
    """Ask for the corrections in force."""
    return _get(list[InForce], "/corrections")


def correct(kind: str, **said: object) -> Call[Corrected]:
    """Correct stories."""
    return _post(Corrected, f"/corrections/{kind}", **said)


def approve(run: int) -> Call[Corrected]:
    """Publish the stories of a held night."""
    return _post(Corrected, f"/nights/{run}/approve")


def watches() -> Call[list[Watch]]:
    """Ask for the watches."""
    return _get(list[Watch], "/watches")


def watched(name: str) -> Call[WatchNews]:
    """Ask what a watch was told lately."""
    return _get(WatchNews, f"/watches/{_named(name)}")


def new_to_watch(name: str) -> Call[WatchNews]:
    """Ask what is new to a watch and was not told yet."""
    return _get(WatchNews, f"/watches/{_named(name)}/new")


def add_watch(watch: Watch, mail: Sequence[str], webhook: str) -> Call[Watch]:
    """Save a query."""
    said = {"name": watch.name, "articles": list(watch.articles), "mail": list(mail)}
    said |= {"languages": list(watch.languages), "sources": list(watch.sources)}
    more = {"text": watch.text, "story": watch.story, "webhook": webhook}
    return _post(Watch, "/watches", **said, **{name: one for name, one in more.items() if one})


def remove_watch(name: str) -> Call[Watch]:
    """Forget a watch."""
    return Call(Watch, "DELETE", f"{API}/watches/{_named(name)}")


def nights(limit: int, cursor: str | None) -> Call[Page[Run]]:
    """Ask for a part of the runs, the latest first."""
    return _get(Page[Run], "/nights", limit=limit, cursor=cursor)


def health() -> Call[Health]:
    """Ask whether the server is there."""
    return _get(Health, "/health")
