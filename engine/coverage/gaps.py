"""What one language has and another misses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.coverage.reports import Reported
from engine.domain import UNDETERMINED, Value

LEAST_VOICES = 2
"""Voices of a story that a language is said to miss: what one alone reports, nobody confirms."""

MOST_MISSED = 100
"""Missed stories of a language that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class LanguageCoverage(Value):
    """What one language has of all stories.

    Attributes
    ----------
    language
        Its code.
    n_articles, n_stories
        In it.
    n_alone
        Stories that no other language has.
    n_missed
        Stories of at least `LEAST_VOICES` voices that it does not have.
    """

    language: str
    n_articles: int
    n_stories: int
    n_alone: int
    n_missed: int


@dataclass(frozen=True, slots=True)
class Gap(Value):
    """How much one language has that another misses.

    Attributes
    ----------
    has, misses
        Codes of two languages.
    n_stories
        Stories that the one has and the other does not.
    share
        Of all stories that the one has, in [0, 1].
    """

    has: str
    misses: str
    n_stories: int
    share: float


@dataclass(frozen=True, slots=True)
class Missed(Value):
    """A story that a language does not have.

    Attributes
    ----------
    language
        The code of that language.
    story, headline
        What it misses.
    n_voices
        That report it in others.
    languages
        These others, by code.
    first
        When it was first reported, None where no date is known.
    matter_too
        Whether the language has no other story of the same long matter either: then it misses
        the topic, not an event of it.
    """

    language: str
    story: str
    headline: str
    n_voices: int
    languages: tuple[str, ...]
    first: datetime | None
    matter_too: bool


def languages_of(stories: Sequence[Reported]) -> tuple[LanguageCoverage, ...]:
    """Return what each language has, the one with most stories first."""
    articles = Counter(report.language for story in stories for report in story.reports)
    has = Counter(language for story in stories for language in story.languages)
    alone = Counter(min(story.languages) for story in stories if len(story.languages) == 1)
    told = [story for story in stories if len(story.voices) >= LEAST_VOICES]
    told_in = Counter(language for story in told for language in story.languages)
    found = [
        LanguageCoverage(code, articles[code], n, alone[code], len(told) - told_in[code])
        for code, n in has.items()
        if code != UNDETERMINED
    ]
    return tuple(sorted(found, key=lambda row: (-row.n_stories, row.language)))


def gaps(stories: Sequence[Reported]) -> tuple[Gap, ...]:
    """Return how much each language has that each other one misses, by what has most stories."""
    order = [row.language for row in languages_of(stories)]
    has = Counter(language for story in stories for language in story.languages)
    both = Counter(
        (one, other) for story in stories for one in story.languages for other in story.languages
    )
    return tuple(
        Gap(one, other, has[one] - both[one, other], 1 - both[one, other] / has[one])
        for one in order
        for other in order
        if one != other
    )


def missed(stories: Sequence[Reported]) -> tuple[Missed, ...]:
    """Return what each language misses: of each the topics first, then what most voices report."""
    matters = defaultdict[str, set[str]](set)
    for story in stories:
        matters[story.matter] |= story.languages
    told = [story for story in stories if len(story.voices) >= LEAST_VOICES]
    told.sort(key=lambda story: (-len(story.voices), -len(story.languages), story.id))
    found = []
    for code in (row.language for row in languages_of(stories)):
        without = [
            _missed(story, code, code not in matters[story.matter])
            for story in told
            if code not in story.languages
        ]
        without.sort(key=lambda row: not row.matter_too)
        found += without[:MOST_MISSED]
    return tuple(found)


def _missed(story: Reported, code: str, matter_too: bool) -> Missed:
    first = None if story.first is None else datetime.fromtimestamp(story.first, UTC)
    languages = tuple(sorted(story.languages))
    n_voices = len(story.voices)
    return Missed(code, story.id, story.headline, n_voices, languages, first, matter_too)
