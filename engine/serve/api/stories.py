"""Stories of the live generation, those that grow fast, and their articles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from engine.claims.comparing import Difference
from engine.domain import Article, Story
from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.jobs.lookup.differ import disagreements
from engine.jobs.lookup.headlines import told_in
from engine.jobs.lookup.history import StoryHistory, ids_in_time, live_story, story_history
from engine.jobs.lookup.learnt import base_families, headline_language
from engine.jobs.lookup.listing import ORDERS, StoryFilter, listed_stories
from engine.jobs.lookup.outlines import StoryOutline, outlines
from engine.jobs.querying.showing import ShownArticle, show_article
from engine.jobs.telling.other_stages import OtherEvents, other_events
from engine.jobs.telling.summarise import Summary, summarise
from engine.origins.voices import Independence, independence
from engine.serve.api.asking import ArticleId, Id, StoryId, moment
from engine.serve.freshness import Fresh
from engine.serve.given import Reading
from engine.serve.lists import Cursor, Limit, part
from engine.serve.values import Page

router = APIRouter(prefix="/stories", tags=["stories"], dependencies=[Fresh])
rising = APIRouter(prefix="/breaking", tags=["stories"], dependencies=[Fresh])
"""For stories that grow faster than those of their base do."""
articles = APIRouter(prefix="/articles", tags=["articles"], dependencies=[Fresh])
"""For articles of the base, in a story or not."""

MOST_ARTICLES = 100
"""Of one request."""


async def story_filter(
    since: Annotated[
        str | None,
        Query(description="With an article from then on.", examples=["2023-02-06"], max_length=40),
    ] = None,
    until: Annotated[
        str | None,
        Query(description="With one before.", examples=["2023-02-08T12:00Z"], max_length=40),
    ] = None,
    language: Annotated[
        str, Query(description="With an article in it.", examples=["nl", "Dutch"], max_length=40)
    ] = "",
    source: Annotated[
        str, Query(description="With an article of this outlet.", max_length=200)
    ] = "",
    words: Annotated[
        str, Query(description="In headline, keywords or names.", max_length=200)
    ] = "",
    independent: Annotated[
        int, Query(ge=0, le=1000, description="Voices that really report it, at least.")
    ] = 0,
    order: Annotated[
        str, Query(description="What comes first.", json_schema_extra={"enum": list(ORDERS)})
    ] = ORDERS[0],
) -> StoryFilter:
    """Return which stories a request asks for."""
    return StoryFilter(
        since=moment(since),
        until=moment(until),
        language=language,
        source=source,
        words=words,
        independent=independent,
        order=order,
    )


Which = Annotated[StoryFilter, Depends(story_filter)]


@router.get("")
def list_stories(
    reader: Reading, which: Which, limit: Limit = 50, cursor: Cursor = None
) -> Page[StoryOutline]:
    """Return stories without their articles, a part of them at a time."""
    found = part(listed_stories(reader, which), limit, cursor, reader.generation.name)
    return Page(tuple(outlines(reader, found.items)), found.cursor)


@router.get("/{story}")
def show_story(story: StoryId, reader: Reading) -> Story:
    """Return one story; the id of one that was merged leads to the survivor."""
    (told,) = told_in(reader.corpus, [live_story(reader, story)], headline_language(reader.layout))
    return told


@router.get("/{story}/articles")
def story_articles(
    story: StoryId, reader: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[Article]:
    """Return the articles of a story in order of time, undated ones last."""
    ids = ids_in_time(reader, live_story(reader, story))
    found = part(ids, limit, cursor, reader.generation.name)
    known = reader.articles(found.items)
    return Page(tuple(known[id_] for id_ in found.items if id_ in known), found.cursor)


@router.get("/{story}/history")
def history_of_story(story: StoryId, reader: Reading) -> StoryHistory:
    """Return what happened to a story, run by run, and the headlines that were edited."""
    return story_history(reader, story)


@router.get("/{story}/summary")
def summary_of_story(
    story: StoryId,
    reader: Reading,
    language: Annotated[str, Query(description="Of the sentences.", max_length=40)] = "",
) -> Summary:
    """Return a story in sentences of its articles."""
    return summarise(reader, live_story(reader, story), language=language)


@router.get("/{story}/disagreements")
def disagreements_of_story(story: StoryId, reader: Reading) -> list[Difference]:
    """Return the numbers and spellings of names that differ, and who says which since when."""
    return disagreements(reader, live_story(reader, story))


@router.get("/{story}/independence")
def independence_of_story(story: StoryId, reader: Reading) -> Independence:
    """Return how many outlets really report a story."""
    return independence(live_story(reader, story), base_families(reader.layout))


@router.get("/{story}/matter")
def matter_of_story(story: StoryId, reader: Reading) -> OtherEvents:
    """Return the other stories of the long matter that a story is a stage of."""
    return other_events(reader, live_story(reader, story))


@rising.get("")
def list_breaking(
    reader: Reading,
    since: Annotated[
        str | None,
        Query(description="Told then or later.", examples=["2023-02-06"], max_length=40),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BreakingStory]:
    """Return the alerts that nights raised, the latest first, a part of them at a time."""
    found = breaking(reader, since=moment(since))
    return part(found, limit, cursor, reader.generation.name)


@articles.get("")
def list_articles(
    reader: Reading,
    id: Annotated[  # noqa: A002 - the parameter's name
        list[Id], Query(min_length=1, max_length=MOST_ARTICLES, description="Ids of articles.")
    ],
) -> dict[str, Article]:
    """Return those of the articles that exist, by id."""
    return reader.articles(id)


@articles.get("/{id:path}")
def show(id: ArticleId, reader: Reading) -> ShownArticle:  # noqa: A002 - as above
    """Return an article, its story, what is nearest to it, and its earlier headlines."""
    return show_article(reader, id)
