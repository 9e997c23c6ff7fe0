"""What is new to watches, and what they were told, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.domain import Value
from engine.errors import DamagedError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.jobs.lookup.watches import Kept, Told, Watch, kept_watches
from engine.reports.news import ToldArticle, told_article


@dataclass(frozen=True, slots=True)
class WatchEntry(Value):
    """What is new to a watch of one story.

    Attributes
    ----------
    at
        When it was told, or asked for.
    run
        The run that made the stories.
    story
        As it is now; None: the article is in none.
    articles
        The new ones, the latest first.
    """

    at: datetime
    run: int
    story: StoryOutline | None
    articles: tuple[ToldArticle, ...]

    @property
    def headline(self) -> str:
        """What it is called."""
        return self.articles[0].headline if self.story is None else self.story.headline


@dataclass(frozen=True, slots=True)
class WatchNews(Value):
    """A watch with what is new to it, or with what it was told; one entry a story and run."""

    watch: Watch
    entries: tuple[WatchEntry, ...]


def news_since(reader: Reader, before: Kept, now: Kept) -> WatchNews:
    """Return what a watch was told since it was as it was `before`, the likeliest story first."""
    return WatchNews(now.watch, _entries(reader, now.told[len(before.told) :]))


def past(reader: Reader, kept: Kept) -> WatchNews:
    """Return what a watch was told lately, the latest first."""
    return WatchNews(kept.watch, _entries(reader, kept.told))


def unsent(reader: Reader, kept: Kept, way: str) -> WatchNews:
    """Return what is still to be sent of a watch in one way, the latest first."""
    return WatchNews(kept.watch, _entries(reader, [one for one in kept.told if way in one.unsent]))


def told_in_run(reader: Reader, run: int) -> tuple[WatchNews, ...]:
    """Return what a run told the watches that it told something.

    Nothing where the watches cannot be read: that is said by whoever tells them.
    """
    try:
        watches = kept_watches(reader.layout).values()
    except DamagedError:
        return ()
    found = (
        WatchNews(kept.watch, _entries(reader, [one for one in kept.told if one.run == run]))
        for kept in watches
    )
    return tuple(one for one in found if one.entries)


def _entries(reader: Reader, told: Iterable[Told]) -> tuple[WatchEntry, ...]:
    """Return entries with their stories and those of their articles that are still there.

    The latest comes first, and of one run the likeliest.
    """
    known = list(told)[::-1]
    articles = reader.corpus.articles.by_keys([key for one in known for key in one.keys])
    entries = []
    for one in known:
        there = [articles[key] for key in one.keys if key in articles]
        there.sort(key=lambda article: (article.published or article.fetched, article.id))
        if there:
            latest_first = tuple(map(told_article, reversed(there)))
            story = outline(reader, reader.story(one.story))
            entries.append(WatchEntry(one.at, one.run, story, latest_first))
    return tuple(entries)
