"""Stories and articles of all shards, and how these are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from engine.client import calls
from engine.client.calls import Call
from engine.domain import Article, Story
from engine.front.asking import Asking, Fronting
from engine.front.paging import Bookmark, FrontCursor, merged_part
from engine.front.shards import IncompleteError
from engine.jobs.lookup.history import StoryHistory
from engine.jobs.lookup.outlines import StoryOutline
from engine.jobs.querying.showing import ShownArticle
from engine.serve.api.asking import ArticleId, Id, StoryId
from engine.serve.api.stories import MOST_ARTICLES, Which
from engine.serve.health import Health
from engine.serve.lists import Cursor, Limit
from engine.serve.measures import Measures
from engine.serve.values import MissingShard, Page, Shards

router = APIRouter()
public = APIRouter(tags=["operation"])
"""For what watches the front; it names no shard."""

LATE = "it did not answer when this list began; begin again without a cursor to have it"


@router.get("/stories", tags=["stories"])
async def list_stories(
    asker: Asking, which: Which, limit: Limit = 50, cursor: FrontCursor = None
) -> Page[StoryOutline]:
    """Return stories of all shards without their articles, in one order, a part at a time.

    A list goes on with the shards that it began with: 503 where one of them is missing then.
    """
    urls = asker.shards.urls
    mark = Bookmark.at_start(urls) if cursor is None else Bookmark.read(cursor, urls)
    asked = {
        url: calls.outlines(which, place.limit(limit), place.cursor)
        for url, place in mark.places.items()
    }
    absent = [MissingShard(url, LATE) for url in mark.absent]
    answers = await asker.ask(asked, missing=absent)
    lost = {one.url for one in answers.shards.missing}
    if cursor is not None and not lost.isdisjoint(asked):
        raise IncompleteError(answers.shards)
    nothing: Page[StoryOutline] = Page((), None)  # of a shard that does not know the outlet
    pages = {url: answers.given.get(url, nothing) for url in asked if url not in lost}
    stories, after = merged_part(pages, mark, limit, which.order)
    return Page(stories, after.written(urls), answers.shards)


@router.get("/stories/{story}", tags=["stories"])
async def show_story(story: StoryId, asker: Asking) -> Story:
    """Return one story, of the shard that has it."""
    return await asker.first(calls.story(story))


@router.get("/stories/{story}/articles", tags=["stories"])
async def story_articles(
    story: StoryId, asker: Asking, limit: Limit = 50, cursor: Cursor = None
) -> Page[Article]:
    """Return the articles of a story in order of time, undated ones last."""
    address = f"{calls.story(story).path}/articles"
    params = {"limit": limit} | ({} if cursor is None else {"cursor": cursor})
    return await asker.first(Call(Page[Article], "GET", address, params))


@router.get("/stories/{story}/history", tags=["stories"])
async def history_of_story(story: StoryId, asker: Asking) -> StoryHistory:
    """Return what happened to a story, run by run."""
    return await asker.first(calls.history(story))


@router.get("/articles", tags=["articles"])
async def list_articles(
    asker: Asking,
    id: Annotated[  # noqa: A002 - the parameter's name
        list[Id], Query(min_length=1, max_length=MOST_ARTICLES, description="Ids of articles.")
    ],
) -> dict[str, Article]:
    """Return those of the articles that a shard has, by id."""
    answers = await asker.ask_all(calls.articles(id))
    found: dict[str, Article] = {}
    for own in answers.given.values():
        found = own | found  # of the earlier shard where two have it
    return {id_: found[id_] for id_ in id if id_ in found}


@router.get("/articles/{id:path}", tags=["articles"])
async def show_article(id: ArticleId, asker: Asking) -> ShownArticle:  # noqa: A002 - as above
    """Return an article with what its own shard knows of it."""
    return await asker.first(calls.show(id))


@router.get("/shards", tags=["operation"])
async def show_shards(front: Fronting) -> Shards:
    """Return which shards answer now."""
    return (await front.shards.health()).shards


@router.get("/metrics", tags=["operation"], response_class=PlainTextResponse)
async def metrics(request: Request, front: Fronting) -> str:
    """Return the numbers of the front for Prometheus."""
    measures: Measures = request.app.state.measures
    problems = front.shards.problems.values()
    return measures.text(
        shards=len(problems), shards_missing=sum(1 for problem in problems if problem)
    )


@public.get("/health")
async def health(front: Fronting) -> Health:
    """Tell that the front is there, without asking a shard."""
    return _health(front, ready=not all(front.shards.problems.values()))


@public.get("/ready")
async def ready(front: Fronting, response: Response) -> Health:
    """Tell whether questions are answered: 503 where no shard answers."""
    answers = await front.shards.health()
    if not answers.given:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return _health(front, ready=bool(answers.given))


def _health(front: Fronting, *, ready: bool) -> Health:
    return Health(ready, None, False, front.shards.fingerprint or None)
