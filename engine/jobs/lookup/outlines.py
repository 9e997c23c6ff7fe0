"""Stories without their articles, as lists and whatever names a story give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain import Story, Value
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.headlines import first_in
from engine.jobs.lookup.learnt import base_families, headline_language
from engine.origins.families import Families
from engine.origins.voices import Independence, independence
from engine.words.headlines import headline_of

MOST_SOURCES = 20
"""Outlets that an outline names; a story of thousands of articles has hundreds."""


@dataclass(frozen=True, slots=True)
class StoryOutline(Value):
    """A story without its articles, as long for one of thousands as for one of two.

    Attributes
    ----------
    id, languages, started, ended, cohesion, keywords, names
        As in `engine.domain.Story`.
    headline
        In the language that is wanted, where the story has an article in it.
    sources
        Of its outlets the most frequent first, at most `MOST_SOURCES`.
    n_articles, n_outlets
        How many there are.
    n_independent
        Voices that really report it; see `engine.origins.voices.Independence`.
    """

    id: str
    headline: str
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    started: datetime | None
    ended: datetime | None
    n_articles: int
    n_outlets: int
    n_independent: int
    cohesion: float
    keywords: tuple[str, ...]
    names: tuple[str, ...]


def outlines(
    reader: Reader, stories: Sequence[Story], language: str | None = None
) -> list[StoryOutline]:
    """Return the outlines of `stories`.

    Parameters
    ----------
    reader
        Of the base.
    stories
        Of the generation that it holds, as they are published.
    language
        Code, in which headlines are wanted; None takes that of the base, empty leaves them as
        they come.
    """
    code = headline_language(reader.layout) if language is None else language
    firsts = first_in(reader.corpus, stories, code)
    voices = independences(reader, stories)
    return [
        _outline(story, headline_of(firsts[story.id]) if story.id in firsts else "", said)
        for story, said in zip(stories, voices, strict=True)
    ]


def outline(reader: Reader, story: Story | None) -> StoryOutline | None:
    """Return the outline of a story of the generation, as `outlines` does; None of none."""
    return None if story is None else outlines(reader, [story])[0]


def independences(reader: Reader, stories: Sequence[Story]) -> list[Independence]:
    """Return how many really report each of `stories`, which are of the generation.

    To count voices goes through all articles of a story, so each count is kept until it is said
    otherwise who owns outlets, also for the generations after it: most stories stay as they are.
    """
    families, kept = base_families(reader.layout), reader.once(_counts)
    found = []
    for story in stories:
        counted = kept.get(story.id)
        if counted is None or not counted.holds_for(story, families):
            counted = _Counted(story.article_ids, families, independence(story, families))
            kept[story.id] = counted
        found.append(counted.independence)
    return found


@dataclass(frozen=True, slots=True)
class _Counted:
    """Voices of a story, and what they were counted of."""

    article_ids: tuple[str, ...]
    families: Families
    independence: Independence

    def holds_for(self, story: Story, families: Families) -> bool:
        """Tell whether the story is as it was: one that changed is made anew, with its ids."""
        return self.article_ids is story.article_ids and self.families is families


def _counts(reader: Reader) -> dict[str, _Counted]:
    """Return what was counted, by story, without what the generation does not have any more."""
    kept = reader.handed_on(_none_yet)
    for id_ in kept.keys() - reader.heads.keys():
        kept.pop(id_, None)
    return kept


def _none_yet() -> dict[str, _Counted]:
    return {}


def _outline(story: Story, headline: str, voices: Independence) -> StoryOutline:
    return StoryOutline(
        id=story.id,
        headline=headline or story.headline,
        languages=story.languages,
        sources=story.sources[:MOST_SOURCES],
        started=story.started,
        ended=story.ended,
        n_articles=len(story.article_ids),
        n_outlets=voices.n_outlets,
        n_independent=voices.n_independent,
        cohesion=story.cohesion,
        keywords=story.keywords,
        names=story.names,
    )
