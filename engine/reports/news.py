"""What a night made of the stories, for programs that pass it on: headlines and articles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from engine.domain import Article, Value
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.recorded import Event, EventKind
from engine.words.headlines import headline_of

TOLD = (
    EventKind.BORN,
    EventKind.SPLIT,
    EventKind.GREW,
    EventKind.REOPENED,
    EventKind.MERGED,
)
"""Events of a story that is there afterwards, or that says where it went."""

MOST_TOLD = 200
"""Stories that are told, the largest; the first night of an archive makes thousands."""


@dataclass(frozen=True, slots=True)
class ToldArticle(Value):
    """An article as it is passed on: what to call it and where to read it."""

    id: str
    headline: str
    url: str
    source: str
    language: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class StoryChange(Value):
    """What happened to a story.

    Attributes
    ----------
    event
        What happened, in the words of the ledger.
    story
        As it is now; of a merger the one that it went into. None where it is too small to be
        shown.
    joined
        Its articles that were not in it before, the latest first.
    """

    event: Event
    story: StoryOutline | None
    joined: tuple[ToldArticle, ...]


@dataclass(frozen=True, slots=True)
class News(Value):
    """What a run made of the stories.

    Attributes
    ----------
    run
        Its number.
    stories
        The largest first.
    n_more
        How many are left out.
    breaking
        Alerts that it raised, the least likely by chance first.
    """

    run: int
    stories: tuple[StoryChange, ...]
    n_more: int
    breaking: tuple[BreakingStory, ...] = ()


NO_NEWS = News(0, (), 0)
"""Of a night that changed no story."""


def news_of(reader: Reader, run: int) -> News:
    """Return what is new of the stories since the run before `run`, which is live."""
    history = reader.corpus.history
    events = [event for event in history.events(run) if event.kind in TOLD]
    events.sort(key=lambda event: (-event.n_articles, event.story))
    joined = _joined(reader, run)
    told = tuple(_news(reader, event, joined) for event in events[:MOST_TOLD])
    alerts = tuple(breaking(reader, run=run))
    return News(run, told, max(0, len(events) - MOST_TOLD), alerts)


def _joined(reader: Reader, run: int) -> dict[str, list[int]]:
    """Return the keys of the articles that came to each story in a run."""
    found = reader.corpus.history.run(run)
    keys = defaultdict[str, list[int]](list)
    for move in () if found is None else reader.corpus.history.moves(found.parent, run):
        keys[move.target].append(move.article)
    return keys


def _news(reader: Reader, event: Event, joined: dict[str, list[int]]) -> StoryChange:
    merged = event.kind == EventKind.MERGED
    story = reader.stories.get(event.other if merged else event.story)
    keys = [] if merged else joined.get(event.story, [])
    articles = reader.corpus.articles.by_keys(keys).values()
    latest = sorted(articles, key=lambda one: (one.published or one.fetched, one.id), reverse=True)
    return StoryChange(event, outline(reader, story), tuple(map(told_article, latest)))


def told_article(article: Article) -> ToldArticle:
    """Return an article as it is passed on."""
    headline = headline_of(article)
    return ToldArticle(
        article.id, headline, article.url, article.source, article.language, article.published
    )
