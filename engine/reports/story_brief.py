"""What there is to say of one story of the night: who broke it, who copied it, who is late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Article, OriginKind, Story, Value
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import REOPEN
from engine.jobs.lookup.history import in_time
from engine.jobs.lookup.outlines import independences
from engine.origins.voices import Independence

if TYPE_CHECKING:
    from engine.claims.comparing import Difference

TIMELINE_BINS = 24
"""Columns of a timeline."""

DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600


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
        Every text of its own with what copied it, in order of time, where that was asked for.
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


def with_lineages(reader: Reader, brief: StoryBrief) -> StoryBrief:
    """Return `brief` with every text of its own, for which all of its texts are read."""
    articles = in_time(reader.articles(brief.story.article_ids).values())
    told = _lineages(brief.story, {article.id: article for article in articles})
    return replace(brief, lineages=told)


def brief_story(
    reader: Reader, story: Story, news: StoryNews = NO_NEWS, main: Sequence[str] = ()
) -> StoryBrief:
    """Describe a story of the generation, of whose texts the first in each language are read.

    `main` are the languages of many of the night's articles.
    """
    said = list(reader.corpus.articles.said_of(story.article_ids))
    spoken = {id_: language for id_, _, language in said}
    in_order = sorted((at, id_) for id_, at, _ in said if at is not None)
    undated = sorted(id_ for id_, at, _ in said if at is None)
    dated = _of_one_time(in_order)
    firsts = _firsts(dated, [*(id_ for _, id_ in in_order), *undated], spoken)
    articles = reader.articles([*firsts, *(id_ for _, id_ in dated[:1])])
    return StoryBrief(
        story=story,
        news=news,
        first=articles.get(dated[0][1]) if dated else None,
        lineages=(),
        independence=independences(reader, [story])[0],
        languages=tuple(
            FirstIn(articles[id_], hours) for id_, hours in firsts.items() if id_ in articles
        ),
        missing=tuple(name for name in main if name not in {spoken[id_] for id_ in firsts}),
        timeline=_timeline([at for at, _ in dated]),
        per_day=sum(at > dated[-1][0] - DAY_SECONDS for at, _ in dated),
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


def _of_one_time(dated: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Return the most articles, in order of time, without a gap in which a story ends.

    A clock that was never set says 1970; such an article did not break the story.

    Parameters
    ----------
    dated
        Time in seconds since 1970, and id.
    """
    longest = REOPEN.total_seconds()
    ends = [
        place for place in range(1, len(dated)) if dated[place][0] - dated[place - 1][0] > longest
    ]
    return max((dated[start:end] for start, end in pairwise([0, *ends, len(dated)])), key=len)


def _firsts(
    dated: Sequence[tuple[int, str]], ids: Sequence[str], spoken: Mapping[str, str]
) -> dict[str, float | None]:
    """Return the first article of each language, with its hours after the first of all.

    Those of `dated` come before the others of `ids`; both are in order of time.
    """
    firsts: dict[str, str] = {}
    for id_ in chain((id_ for _, id_ in dated), ids):
        firsts.setdefault(spoken[id_], id_)
    times = {id_: at for at, id_ in dated}
    return {
        id_: (times[id_] - dated[0][0]) / HOUR_SECONDS if id_ in times else None
        for id_ in firsts.values()
    }


def _timeline(times: Sequence[int]) -> tuple[int, ...]:
    if not times:
        return ()
    counts, _ = np.histogram(
        times, bins=TIMELINE_BINS, range=(times[0], max(times[-1], times[0] + 1))
    )
    return tuple(int(count) for count in counts)
