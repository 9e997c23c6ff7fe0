"""What a person should know of a night: its stories, ranked, with who broke and who copied."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from engine.clustering.identity import NEAR_DUPLICATE_COSINE
from engine.domain import Article, Reject, Story
from engine.errors import NotFoundError
from engine.indexing import Generation
from engine.store import Corpus, Event, Run

MAIN_LANGUAGE_SHARE = 0.1
"""A language that this share of the night's articles is in should have a large story."""

TIMELINE_BINS = 24
"""Columns of a timeline."""

MOST_STORIES = 30
"""Stories of a report; the rest is counted."""

MOST_COMPARED = 2_000
"""Articles of a story among which copies are looked for: the latest ones."""

NEWS = {"born": "new", "split": "new", "reopened": "back", "grew": "growing", "merged": "merging"}
"""What an event of the ledger makes of a story in the report, the first that applies."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """An article and those that copied it, in the order in which they came."""

    original: Article
    copies: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class StoryBrief:
    """One story of the night.

    Attributes
    ----------
    story
        As it is published.
    news
        ``new``, ``back``, ``growing`` or ``merging``.
    n_joined
        Articles that came tonight.
    absorbed
        Ids of the stories that were merged into it.
    first
        The article that broke it, None where none has a time.
    lineages
        Originals that were copied, most copied first.
    n_independent
        Sources with a text of their own.
    delays
        Hours from the first article until each language had it, by language; the
        quickest first.
    missing
        Main languages of the night without an article on it.
    timeline
        Articles in each of some equal spans from the first to the last.
    per_day
        Articles a day over the last day of the story.
    """

    story: Story
    news: str
    n_joined: int
    absorbed: tuple[str, ...]
    first: Article | None
    lineages: tuple[Lineage, ...]
    n_independent: int
    delays: Mapping[str, float]
    missing: tuple[str, ...]
    timeline: tuple[int, ...]
    per_day: int

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Key by which stories are sorted: sources times languages, then speed."""
        return (
            -self.n_independent * len(self.delays),
            -self.per_day,
            -self.n_joined,
            self.story.id,
        )


@dataclass(frozen=True, slots=True)
class Briefing:
    """A night as a person reads it.

    Attributes
    ----------
    run
        The run of the ledger; its facts have the counts and checks.
    before
        The run before, or None.
    stories
        The first by rank.
    n_more
        Stories with news that are left out.
    ended
        Events of the stories that ended.
    rejects
        Inputs that could not be read.
    reasons
        Why the stories were held back; then `stories` are those of the run before.
    """

    run: Run
    before: Run | None
    stories: tuple[StoryBrief, ...]
    n_more: int
    ended: tuple[Event, ...]
    rejects: tuple[Reject, ...]
    reasons: tuple[str, ...]


def brief(
    corpus: Corpus,
    generation: Generation,
    *,
    rejects: Sequence[Reject] = (),
    held: Run | None = None,
) -> Briefing:
    """Return what there is to know of the run that is live, or of one that was held.

    Raises
    ------
    NotFoundError
        Nothing was clustered yet.
    """
    run = corpus.history.run(generation.manifest.run)
    if run is None:
        raise NotFoundError("nothing was clustered yet; run 'engine nightly' first")
    events = corpus.history.events(run.run)
    shown = {story.id: story for story in generation.stories()}
    absorbed = defaultdict[str, list[str]](list)
    news: dict[str, str] = {}
    n_joined: Counter[str] = Counter()
    for event in events:
        subject = event.other if event.kind == "merged" else event.story
        if event.kind == "merged":
            absorbed[subject].append(event.story)
        if event.kind in NEWS and subject in shown:
            news[subject] = _more_telling(NEWS[event.kind], news.get(subject))
            n_joined[subject] += event.n_joined if event.kind != "merged" else 0
    main = _main_languages(corpus, run)
    briefs = sorted(
        (
            _story(corpus, generation, shown[id_], news[id_], n_joined[id_], absorbed[id_], main)
            for id_ in _first_by_size(shown, news)
        ),
        key=lambda found: found.rank,
    )
    return Briefing(
        run=run if held is None else held,
        before=corpus.history.run(run.parent),
        stories=tuple(briefs[:MOST_STORIES]),
        n_more=max(0, len(news) - MOST_STORIES),
        ended=tuple(event for event in events if event.kind == "ended"),
        rejects=tuple(rejects),
        reasons=tuple(held.facts.get("reasons", ())) if held is not None else (),
    )


def _more_telling(one: str, other: str | None) -> str:
    order = ("merging", "new", "back", "growing")
    return one if other is None else min(one, other, key=order.index)


def _first_by_size(shown: Mapping[str, Story], news: Mapping[str, str]) -> list[str]:
    """Return the stories with news that can be among the first; describing one takes time."""
    by_size = sorted(news, key=lambda id_: (-len(shown[id_].sources), id_))
    return by_size[: 4 * MOST_STORIES]


def _main_languages(corpus: Corpus, run: Run) -> list[str]:
    """Return the languages of many of the articles that found a story in `run`."""
    moves = corpus.history.moves(run.parent, run.run)
    languages = corpus.articles.languages()
    counts = Counter(languages[move.article] for move in moves if move.article in languages)
    total = counts.total()
    return [name for name, n in counts.most_common() if n >= MAIN_LANGUAGE_SHARE * total]


def _story(
    corpus: Corpus,
    generation: Generation,
    story: Story,
    news: str,
    n_joined: int,
    absorbed: Sequence[str],
    main: Sequence[str],
) -> StoryBrief:
    keys = corpus.articles.keys_of(story.article_ids)
    found = corpus.articles.by_keys(list(keys.values()))
    late = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(found.items(), key=lambda item: (item[1].published or late, item[1].id))
    articles = [article for _, article in ordered]
    lineages = _lineages(generation, [key for key, _ in ordered], articles)
    dated = [article for article in articles if article.published is not None]
    delays = _delays(dated)
    delays |= {a.language: float("nan") for a in articles if a.language not in delays}
    return StoryBrief(
        story=story,
        news=news,
        n_joined=n_joined,
        absorbed=tuple(absorbed),
        first=dated[0] if dated else None,
        lineages=tuple(
            sorted(
                (found for found in lineages if found.copies),
                key=lambda found: -len(found.copies),
            )
        ),
        n_independent=len({found.original.source for found in lineages}),
        delays=delays,
        missing=tuple(name for name in main if name not in delays),
        timeline=_timeline(dated),
        per_day=_last_day(dated),
    )


def _lineages(
    generation: Generation, keys: Sequence[int], articles: Sequence[Article]
) -> list[Lineage]:
    """Return each text with its later copies; `articles` are in order of time."""
    rows = generation.rows_of(np.array(keys, np.int64))
    there = np.flatnonzero(rows >= 0)[-MOST_COMPARED:]
    vectors = generation.vectors(rows[there])
    heads: list[int] = []
    copies: dict[int, list[Article]] = {}
    for place, row in enumerate(there.tolist()):
        alike = vectors[heads] @ vectors[place] if heads else np.empty(0)
        if alike.size and alike.max() >= NEAR_DUPLICATE_COSINE:
            copies[heads[int(alike.argmax())]].append(articles[row])
        else:
            heads.append(place)
            copies[place] = []
    return [Lineage(articles[there[head]], tuple(copies[head])) for head in heads]


def _delays(dated: Sequence[Article]) -> dict[str, float]:
    """Return the hours until each language had the story; `dated` is in order of time."""
    delays: dict[str, float] = {}
    for article in dated:
        first, now = dated[0].published, article.published
        if first is not None and now is not None:
            delays.setdefault(article.language, (now - first).total_seconds() / 3600)
    return delays


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
