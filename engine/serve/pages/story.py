"""What the page of one story shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from engine.claims.comparing import Difference
from engine.domain import Article, Keys, Rows, Story, Value
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.correct import InForce, corrections_in_force
from engine.jobs.lookup.differ import compared
from engine.jobs.lookup.history import in_time, live_story, story_history
from engine.jobs.lookup.learnt import base_families
from engine.jobs.telling.other_stages import OtherEvents, other_events
from engine.recorded import Event
from engine.reports.additions import additions
from engine.reports.story_brief import Lineage, StoryBrief, with_lineages
from engine.serve.pages.drawing import Mark, Timeline, scatter, timeline
from engine.serve.pages.kept import Kept
from engine.serve.pages.today import described, headlines_in
from engine.serve.states import state_of
from engine.store import Run

MOST_READ = 300
"""Articles of which it is said what they added: the first ones, which add most of it."""

MOST_KEPT = 5_000
"""Articles of the pages that are kept, of some kilobytes each."""

MOST_MAPPED = 500
"""Articles of a map: more are a blot."""


@dataclass(frozen=True, slots=True)
class Telling(Value):
    """A text of its own with what tells nothing besides it.

    Attributes
    ----------
    lineage
        The text, its copies and later versions.
    hours
        After the story's first article; None where one of them has no date.
    added
        What it says that no article before it said.
    """

    lineage: Lineage
    hours: float | None
    added: tuple[str, ...]

    @property
    def followers(self) -> tuple[Article, ...]:
        """Copies and versions."""
        return (*self.lineage.copies, *self.lineage.versions)


@dataclass(frozen=True, slots=True)
class LanguageGroup(Value):
    """What was written in one language.

    Attributes
    ----------
    language
        Its code.
    late
        Hours of its first article after the story's first; None where that is not known.
    tellings
        In order of time.
    """

    language: str
    late: float | None
    tellings: tuple[Telling, ...]

    @property
    def n_articles(self) -> int:
        """Articles, with those that are folded."""
        return sum(1 + len(telling.followers) for telling in self.tellings)


@dataclass(frozen=True, slots=True)
class Past(Value):
    """One thing that happened to a story.

    Attributes
    ----------
    run
        In which it did.
    event
        What it was.
    can_be_undone
        Whether it is a correction that is in force.
    """

    run: Run
    event: Event
    can_be_undone: bool


@dataclass(frozen=True, slots=True)
class StoryPage(Value):
    """The page of one story.

    Attributes
    ----------
    story, brief
        As published, and what there is to say of it.
    asked
        The id that was asked for, which may be of a story that was merged into this one.
    headline, language
        The headline in the language that was asked for, or the story's own, and its language.
    groups
        The articles, the language that was quickest first.
    strengths
        How surely each article belongs to the story, by id, in [0, 1].
    families
        Outlets that carried one text: the one that had it first, then those that copied it.
    timeline, map
        Drawings.
    matter
        Other stages of the long matter.
    past
        What happened to it, the latest first.
    pins
        Corrections that are no event: articles that stay here.
    differences
        What its outlets state differently.
    headlines
        By id of an article, (when it was replaced, headline until then).
    """

    story: Story
    brief: StoryBrief
    asked: str
    headline: str
    language: str
    groups: tuple[LanguageGroup, ...]
    strengths: Mapping[str, float]
    families: tuple[tuple[str, ...], ...]
    timeline: Timeline
    map: tuple[Mark, ...]
    matter: OtherEvents
    past: tuple[Past, ...]
    pins: tuple[InForce, ...]
    differences: tuple[Difference, ...]
    headlines: Mapping[str, Sequence[tuple[datetime, str]]]


def story_page(reader: Reader, id_: str, language: str = "") -> StoryPage:
    """Return the page of the story that `id_` leads to, its headline in `language` if there.

    To read all texts of a story takes milliseconds an article, so the last pages are kept, as
    far as they hold at most `MOST_KEPT` articles, until an article is edited or anything else
    that they say changes.

    Raises
    ------
    NotFoundError
        There is no such story.
    """
    asked = state_of(reader), id_, language
    return reader.once(_pages).get(asked, lambda: _made(reader, id_, language))


def _pages(reader: Reader) -> Kept[tuple[str, str, str], StoryPage]:  # noqa: ARG001 - as all that is kept
    return Kept(MOST_KEPT, lambda page: len(page.story.article_ids))


def _made(reader: Reader, id_: str, language: str) -> StoryPage:
    story = live_story(reader, id_)
    brief = with_lineages(reader, described(reader, [story])[0])
    articles = in_time(one for found in brief.lineages for one in _all_of(found))
    groups = _groups(brief, additions(reader, articles[:MOST_READ]))
    kinds = _kinds(groups)
    history = story_history(reader, story.id)
    in_force = [said for said in corrections_in_force(reader) if _concerns(said, story)]
    shown = {run.run for run, _ in history.events}
    name, spoken = headlines_in(reader, [story], language)[story.id]
    return StoryPage(
        story=story,
        brief=brief,
        asked=id_,
        headline=name,
        language=spoken,
        groups=groups,
        strengths=dict(zip(story.article_ids, story.strengths, strict=True)),
        families=_families(brief.copied),
        timeline=timeline(kinds),
        map=_map(reader, kinds[:MOST_MAPPED]),
        matter=other_events(reader, story),
        past=tuple(_past(history.events, {said.run for said in in_force})),
        pins=tuple(said for said in in_force if said.run not in shown),
        differences=tuple(compared(story, articles, base_families(reader.layout))),
        headlines=history.headlines,
    )


def _past(events: Sequence[tuple[Run, Event]], in_force: set[int]) -> Iterator[Past]:
    """Yield what happened, the latest first; a correction is undone at the first of its events."""
    for run, event in reversed(events):
        yield Past(run, event, run.run in in_force)
        in_force = in_force - {run.run}


def _all_of(lineage: Lineage) -> tuple[Article, ...]:
    return (lineage.original, *lineage.copies, *lineage.versions)


def _groups(brief: StoryBrief, added: Mapping[str, tuple[str, ...]]) -> tuple[LanguageGroup, ...]:
    """Return the texts of the story by language; a copy stands under its text."""
    start = None if brief.first is None else brief.first.published
    late = {first.article.language: first.hours for first in brief.languages}
    by_language: dict[str, list[Telling]] = {language: [] for language in late}
    for lineage in brief.lineages:
        at = lineage.original.published
        hours = None if at is None or start is None else (at - start).total_seconds() / 3600
        telling = Telling(lineage, hours, added.get(lineage.original.id, ()))
        by_language.setdefault(lineage.original.language, []).append(telling)
    return tuple(
        LanguageGroup(language, late.get(language), tuple(tellings))
        for language, tellings in by_language.items()
        if tellings
    )


def _kinds(groups: Sequence[LanguageGroup]) -> list[tuple[Article, str]]:
    """Return every article with the kind of its mark, language by language."""
    kinds = []
    for group in groups:
        for place, telling in enumerate(group.tellings):
            kinds.append((telling.lineage.original, "own" if place else "first"))
            kinds += [(article, "copy") for article in telling.lineage.copies]
            kinds += [(article, "version") for article in telling.lineage.versions]
    return kinds


def _families(copied: Sequence[Lineage]) -> tuple[tuple[str, ...], ...]:
    found = []
    for lineage in copied:
        outlets = [lineage.original.source, *(copy.source for copy in lineage.copies)]
        found.append(tuple(dict.fromkeys(name for name in outlets if name)))
    return tuple(dict.fromkeys(family for family in found if len(family) > 1))


def _map(reader: Reader, kinds: Sequence[tuple[Article, str]]) -> tuple[Mark, ...]:
    """Return where the indexed articles stand by their meaning."""
    articles = [article for article, _ in kinds]
    keys = reader.corpus.articles.keys_of([article.id for article in articles])
    own = [keys.get(article.id, -1) for article in articles]
    rows = reader.generation.rows_of(Keys(np.array(own, np.int64)))
    there = [article for article, row in zip(articles, rows.tolist(), strict=True) if row >= 0]
    return tuple(scatter(there, reader.generation.vectors(Rows(rows[rows >= 0]))))


def _concerns(said: InForce, story: Story) -> bool:
    return said.story == story.id or not set(story.article_ids).isdisjoint(
        (*said.articles, *said.others)
    )
