"""What there is to say of one story of the night: who broke it, who copied it, who is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from engine.domain import Article, Keys, Rows, Story, Value
from engine.generations.generation import Generation
from engine.jobs.history import in_time
from engine.jobs.scope import REOPEN, article_window
from engine.jobs.session import Reader
from engine.same_event.copies import NEAR_DUPLICATE_COSINE, fold_copies

TIMELINE_BINS = 24
"""Columns of a timeline."""

MOST_COMPARED = 2_000
"""Articles of a story among which copies are looked for: the latest ones."""


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
        ``new``, ``back``, ``growing`` or ``merging``.
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


@dataclass(frozen=True, slots=True)
class StoryBrief(Value):
    """One story of the night.

    Attributes
    ----------
    story
        As it is published.
    news
        What is new of it.
    first
        The article that broke it, None where none has a time.
    lineages
        Every text of its own with what copied it, in order of time; of a story with more than
        `MOST_COMPARED` articles those of the latest.
    n_independent
        Sources with a text of their own.
    languages
        The first article in each language, the quickest first.
    missing
        Main languages of the night without an article on it.
    timeline
        Articles in each of some equal spans from the first to the last.
    per_day
        Articles a day over the last day of the story.
    """

    story: Story
    news: StoryNews
    first: Article | None
    lineages: tuple[Lineage, ...]
    n_independent: int
    languages: tuple[FirstIn, ...]
    missing: tuple[str, ...]
    timeline: tuple[int, ...]
    per_day: int

    @property
    def copied(self) -> list[Lineage]:
        """The texts that were copied, most copied first."""
        found = [lineage for lineage in self.lineages if lineage.copies]
        return sorted(found, key=lambda lineage: -len(lineage.copies))

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Key by which stories are sorted: sources times languages, then speed."""
        return (
            -self.n_independent * len(self.languages),
            -self.per_day,
            -self.news.n_joined,
            self.story.id,
        )


def brief_story(reader: Reader, story: Story, news: StoryNews, main: Sequence[str]) -> StoryBrief:
    """Describe a story; `main` are the languages of many of the night's articles."""
    corpus, generation = reader.corpus, reader.generation
    keys = corpus.articles.keys_of(story.article_ids)
    articles = in_time(corpus.articles.by_keys(list(keys.values())).values())
    lineages = _lineages(generation, [keys[article.id] for article in articles], articles)
    dated = _of_one_time([article for article in articles if article.published is not None])
    languages = _languages(dated, articles)
    known = {first.article.language for first in languages}
    return StoryBrief(
        story=story,
        news=news,
        first=dated[0] if dated else None,
        lineages=tuple(lineages),
        n_independent=len({lineage.original.source for lineage in lineages}),
        languages=languages,
        missing=tuple(name for name in main if name not in known),
        timeline=_timeline(dated),
        per_day=_last_day(dated),
    )


def _lineages(
    generation: Generation, keys: Sequence[int], articles: Sequence[Article]
) -> list[Lineage]:
    """Return each text with its later copies; `articles` are in order of time.

    A copy has the words of an earlier text, or is in its language and all but the same in
    meaning. A later version of the same outlet is neither a copy nor a text of its own.
    """
    rows = generation.rows_of(Keys(np.array(keys, np.int64)))
    there = np.flatnonzero(rows >= 0)[-MOST_COMPARED:]
    vectors = generation.vectors(Rows(rows[there]))
    told = [articles[row] for row in there.tolist()]
    same_words = fold_copies(article_window(told, vectors)).tolist()
    head_of: dict[int, int] = {}
    copies: dict[int, list[Article]] = {}
    versions: dict[int, list[Article]] = {}
    for place, article in enumerate(told):
        head = head_of.get(same_words[place])
        if head is None:
            mine = [row for row in copies if told[row].language == article.language]
            alike = vectors[mine] @ vectors[place] if mine else np.empty(0)
            if alike.size and alike.max() >= NEAR_DUPLICATE_COSINE:
                head = mine[int(alike.argmax())]
        head_of[place] = head_of.setdefault(same_words[place], place if head is None else head)
        if head is None:
            copies[place], versions[place] = [], []
        elif not article.source or article.source != told[head].source:
            copies[head].append(article)
        else:
            versions[head].append(article)
    return [
        Lineage(told[head], tuple(found), tuple(versions[head])) for head, found in copies.items()
    ]


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
