"""What there is to say of one story of the night: who broke it, who copied it, who is late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from engine.claims.comparing import Difference
from engine.domain import Article, OriginKind, Story, Value
from engine.jobs.differ import disagreements
from engine.jobs.history import in_time
from engine.jobs.learnt import base_families
from engine.jobs.scope import REOPEN
from engine.jobs.session import Reader
from engine.origins.voices import Independence, independence

TIMELINE_BINS = 24
"""Columns of a timeline."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """A text and what tells nothing besides it, in the order in which they came.

    Attributes
    ----------
    original
        The first of them.
    copies
        Those of other outlets.
    versions
        Later ones of the same outlet.
    """

    original: Article
    copies: tuple[Article, ...]
    versions: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstIn:
    """The first article of a language, and its hours after the story's first; None: undated."""

    article: Article
    hours: float | None


@dataclass(frozen=True, slots=True)
class StoryNews:
    """What the ledger says of a story that has news.

    Attributes
    ----------
    kind
        ``new``, ``back``, ``growing`` or ``merging``; empty where nothing is asked of a night.
    n_joined
        Articles that came tonight.
    absorbed
        Ids of the stories that were merged into it.
    split_from
        Id of the story that it was part of, or empty.
    """

    kind: str
    n_joined: int
    absorbed: tuple[str, ...]
    split_from: str


NO_NEWS = StoryNews("", 0, (), "")
"""Of a story that is told by itself, not as part of a night."""


@dataclass(frozen=True, slots=True)
class StoryBrief(Value):
    """What there is to say of one story.

    Attributes
    ----------
    story
        As it is published.
    news
        What is new of it.
    first
        The article that broke it, None where none has a time.
    lineages
        Every text of its own with what copied it, in order of time.
    independence
        How many outlets really report it.
    languages
        The first article in each language, the quickest first.
    missing
        Main languages of the night without an article on it.
    timeline
        Articles in each of some equal spans from the first to the last.
    per_day
        Articles a day over the last day of the story.
    differences
        What its outlets state differently, where that was asked for.
    """

    story: Story
    news: StoryNews
    first: Article | None
    lineages: tuple[Lineage, ...]
    independence: Independence
    languages: tuple[FirstIn, ...]
    missing: tuple[str, ...]
    timeline: tuple[int, ...]
    per_day: int
    differences: tuple[Difference, ...] = ()

    @property
    def copied(self) -> list[Lineage]:
        """The texts that were copied, most copied first."""
        found = [lineage for lineage in self.lineages if lineage.copies]
        return sorted(found, key=lambda lineage: -len(lineage.copies))

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Key by which stories are sorted: independent voices times languages, then speed."""
        return (
            -self.independence.n_independent * len(self.languages),
            -self.per_day,
            -self.news.n_joined,
            self.story.id,
        )


def with_differences(reader: Reader, brief: StoryBrief) -> StoryBrief:
    """Return `brief` with what its outlets state differently, for which its texts are read."""
    return replace(brief, differences=tuple(disagreements(reader, brief.story)))


def brief_story(
    reader: Reader, story: Story, news: StoryNews = NO_NEWS, main: Sequence[str] = ()
) -> StoryBrief:
    """Describe a story; `main` are the languages of many of the night's articles."""
    articles = in_time(reader.articles(story.article_ids).values())
    lineages = _lineages(story, {article.id: article for article in articles})
    dated = _of_one_time([article for article in articles if article.published is not None])
    languages = _languages(dated, articles)
    known = {first.article.language for first in languages}
    return StoryBrief(
        story=story,
        news=news,
        first=dated[0] if dated else None,
        lineages=lineages,
        independence=independence(story, base_families(reader.layout)),
        languages=languages,
        missing=tuple(name for name in main if name not in known),
        timeline=_timeline(dated),
        per_day=_last_day(dated),
    )


def _lineages(story: Story, articles: Mapping[str, Article]) -> tuple[Lineage, ...]:
    """Return every text of its own with its copies; `articles` are in order of time."""
    followers = (OriginKind.COPY, OriginKind.EDITED, OriginKind.VERSION)
    origins = {
        id_: origin
        for id_, origin in zip(story.article_ids, story.origins, strict=False)
        if origin.kind in followers and origin.of in articles and origin.of != id_
    }
    told: dict[str, list[str]] = {id_: [] for id_ in articles if id_ not in origins}
    for id_ in articles:
        head, seen = id_, {id_}
        while head in origins and origins[head].of not in seen:
            head = origins[head].of
            seen.add(head)
        if head != id_:
            told.setdefault(head, []).append(id_)
    return tuple(
        Lineage(
            articles[head],
            tuple(articles[id_] for id_ in own if origins[id_].kind != OriginKind.VERSION),
            tuple(articles[id_] for id_ in own if origins[id_].kind == OriginKind.VERSION),
        )
        for head, own in told.items()
    )


def _of_one_time(dated: Sequence[Article]) -> list[Article]:
    """Return the most articles, in order of time, without a gap in which a story ends.

    A clock that was never set says 1970; such an article did not break the story.
    """
    runs: list[list[Article]] = []
    last: datetime | None = None
    for article in dated:
        now = article.published
        if last is None or (now is not None and now - last > REOPEN):
            runs.append([])
        runs[-1].append(article)
        last = now
    return max(runs, key=len, default=[])


def _languages(dated: Sequence[Article], articles: Sequence[Article]) -> tuple[FirstIn, ...]:
    """Return the first article of each language; both are in order of time."""
    firsts: dict[str, FirstIn] = {}
    for article in dated:
        start, now = dated[0].published, article.published
        if start is not None and now is not None:
            hours = (now - start).total_seconds() / 3600
            firsts.setdefault(article.language, FirstIn(article, hours))
    for article in articles:
        firsts.setdefault(article.language, FirstIn(article, None))
    return tuple(firsts.values())


def _timeline(dated: Sequence[Article]) -> tuple[int, ...]:
    times = [a.published.timestamp() for a in dated if a.published is not None]
    if not times:
        return ()
    counts, _ = np.histogram(
        times, bins=TIMELINE_BINS, range=(times[0], max(times[-1], times[0] + 1))
    )
    return tuple(int(count) for count in counts)


def _last_day(dated: Sequence[Article]) -> int:
    times = [article.published for article in dated if article.published is not None]
    return sum(time > times[-1] - timedelta(days=1) for time in times)
