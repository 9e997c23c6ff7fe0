"""Feeds of today's stories, of one story, of any question, and of what a watch was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from engine.domain import Article, Story
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.alerts import breaking
from engine.jobs.lookup.history import ids_in_time, in_time, live_story
from engine.jobs.lookup.listing import NEWEST, StoryFilter, listed_stories
from engine.jobs.lookup.outlines import outlines
from engine.jobs.lookup.watches import kept_watch
from engine.jobs.querying.query import as_queries
from engine.jobs.querying.search import find_similar
from engine.reports.addresses import web_address
from engine.reports.watch_news import WatchEntry, WatchNews, past
from engine.reports.wording import alert_headline, alert_reason
from engine.serve.answers import Json
from engine.serve.api.asking import Question, StoryId, questions
from engine.serve.api.stories import Which
from engine.serve.api.watches import WatchName
from engine.serve.feeds import ATOM, JSON_FEED, Entry, Feed, atom, json_feed
from engine.serve.freshness import Fresh
from engine.serve.given import Reading
from engine.words.headlines import headline_of, snippet

router = APIRouter(prefix="/feeds", tags=["feeds"], dependencies=[Fresh])

MOST_ENTRIES = 100
"""Of a feed."""

DAY = timedelta(days=1)


class Form(StrEnum):
    """What a feed is written in."""

    ATOM = "atom"
    JSON = "json"


IS_FEED: dict[int | str, dict[str, Any]] = {
    200: {"content": {ATOM: {}, JSON_FEED: {}}, "description": "A feed."}
}
"""For OpenAPI."""


@router.get("/today.{form}", response_class=Response, responses=IS_FEED)
def today(request: Request, reader: Reading, form: Form) -> Response:
    """Return the stories with an article of the last day of news, the latest first."""
    ends = [story.ended for story in reader.stories.values() if story.ended is not None]
    since = max(ends) - DAY if ends else None
    found = listed_stories(reader, StoryFilter(since=since, order=NEWEST))
    return _answer(request, reader, form, "Today's stories", _of_stories(request, reader, found))


@router.get("/breaking.{form}", response_class=Response, responses=IS_FEED)
def breaking_stories(request: Request, reader: Reading, form: Form) -> Response:
    """Return the alerts on stories that grow fast, the latest first."""
    entries = [
        Entry(
            id=_iri("alert", f"{one.run}:{one.alert.story}"),
            title=alert_headline(one),
            summary=alert_reason(one.alert),
            url=f"{request.base_url}stories/{quote(one.alert.story, safe='')}",
            updated=one.raised,
        )
        for one in breaking(reader)[:MOST_ENTRIES]
    ]
    return _answer(request, reader, form, "Breaking stories", entries)


@router.get("/stories.{form}", response_class=Response, responses=IS_FEED)
def some_stories(request: Request, reader: Reading, form: Form, which: Which) -> Response:
    """Return the stories that pass a filter."""
    found = listed_stories(reader, which)
    return _answer(request, reader, form, "Stories", _of_stories(request, reader, found))


@router.get("/stories/{story}.{form}", response_class=Response, responses=IS_FEED)
def one_story(request: Request, reader: Reading, story: StoryId, form: Form) -> Response:
    """Return the articles of a story, the latest first."""
    told = live_story(reader, story)
    ids = ids_in_time(reader, told)[::-1][:MOST_ENTRIES]
    articles = in_time(reader.articles(ids).values())[::-1]
    return _answer(request, reader, form, told.headline, _of_articles(request, articles))


@router.get("/similar.{form}", response_class=Response, responses=IS_FEED)
def related(
    request: Request, reader: Reading, form: Form, asked: Annotated[Question, Query()]
) -> Response:
    """Return the articles related to a text or to an article, best first."""
    queries = as_queries(reader, questions(reader, [asked.asked()]))
    (hits,) = find_similar(reader, queries, asked.wanted())
    entries = _of_articles(request, [hit.article for hit in hits])
    return _answer(request, reader, form, "Related articles", entries)


@router.get("/watches/{name}.{form}", response_class=Response, responses=IS_FEED)
def watch(request: Request, reader: Reading, name: WatchName, form: Form) -> Response:
    """Return what a watch was told, one entry a story and night, the latest first."""
    news = past(reader, kept_watch(reader.layout, name))
    return _answer(request, reader, form, name, _of_watch(request, news))


def _answer(
    request: Request, reader: Reader, form: Form, title: str, entries: Sequence[Entry]
) -> Response:
    created = reader.generation.manifest.created
    feed = Feed(_iri("feed", str(request.url.path)), title, str(request.url), created, entries)
    if form == Form.ATOM:
        return Response(atom(feed), media_type=ATOM)
    return Json(json_feed(feed), media_type=JSON_FEED)


def _of_stories(request: Request, reader: Reader, stories: Sequence[Story]) -> list[Entry]:
    created = reader.generation.manifest.created
    return [
        Entry(
            id=_iri("story", story.id),
            title=story.headline,
            summary=f"{story.n_articles} articles: {', '.join(story.names)}",
            url=f"{request.base_url}stories/{quote(story.id, safe='')}",
            updated=story.ended or created,
            authors=story.sources,
            tags=story.keywords,
        )
        for story in outlines(reader, stories[:MOST_ENTRIES])
    ]


def _of_articles(request: Request, articles: Sequence[Article]) -> list[Entry]:
    return [
        Entry(
            id=_iri("article", article.id),
            title=headline_of(article),
            summary=snippet(article.title, article.body),
            url=_address(request, article),
            updated=article.published or article.fetched,
            authors=(article.source,) if article.source else (),
            language=article.language,
        )
        for article in articles[:MOST_ENTRIES]
    ]


def _of_watch(request: Request, news: WatchNews) -> list[Entry]:
    return [
        Entry(
            id=_iri("watch", f"{news.watch.name} {one.run} {one.articles[-1].id}"),
            title=one.headline,
            summary="; ".join(f"{new.source}: {new.headline}" for new in one.articles),
            url=_of_page(request, one),
            updated=one.at,
            authors=tuple(dict.fromkeys(new.source for new in one.articles if new.source)),
            tags=() if one.story is None else one.story.keywords,
        )
        for one in news.entries[:MOST_ENTRIES]
    ]


def _of_page(request: Request, entry: WatchEntry) -> str:
    """Return where what a watch was told is read here."""
    if entry.story is None:
        return f"{request.base_url}articles/{quote(entry.articles[0].id, safe='')}"
    return f"{request.base_url}stories/{quote(entry.story.id, safe='')}"


def _address(request: Request, article: Article) -> str:
    """Return where an article is read: at its outlet, unless that is no web address."""
    return web_address(article) or f"{request.base_url}articles/{quote(article.id, safe='')}"


def _iri(kind: str, name: str) -> str:
    return f"urn:x-news-story-engine:{kind}:{quote(name, safe='')}"
