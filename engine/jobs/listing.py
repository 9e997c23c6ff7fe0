"""Which stories are listed, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.domain import Story
from engine.errors import InputError
from engine.jobs.filtering import as_code, spellings
from engine.jobs.outlines import as_published
from engine.jobs.session import Reader

LARGEST, NEWEST = ORDERS = ("largest", "newest")
"""Orders of a list: by articles, or by the time of the latest article."""


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories are wanted; an empty field allows all.

    Attributes
    ----------
    since, until
        Aware times: the story has an article from `since` on, and one before `until`. One
        without a date passes only when neither is set.
    language, source
        Of at least one article; said as `engine.jobs.filtering` takes them.
    words
        Each is in the headline, a keyword or a name, or part of one, in any case.
    independent
        Voices that really report it, at least; see `engine.origins.voices`.
    order
        One of `ORDERS`.

    Raises
    ------
    InputError
        There is no such order.
    """

    since: datetime | None = None
    until: datetime | None = None
    language: str = ""
    source: str = ""
    words: str = ""
    independent: int = 0
    order: str = LARGEST

    def __post_init__(self) -> None:
        """Refuse an order that is none."""
        if self.order not in ORDERS:
            raise InputError(f"expected an order among {', '.join(ORDERS)}, got {self.order!r}")


ALL = StoryFilter()
"""All stories, the largest first."""


def listed_stories(reader: Reader, which: StoryFilter = ALL) -> list[Story]:
    """Return the stories of the generation that pass, in the order that is wanted.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, no such outlet.
    """
    found = [
        story
        for story in reader.stories.values()
        if _in_time(story, which) and _has_words(story, which.words)
    ]
    if which.language:
        code = as_code(reader.corpus, which.language)
        found = [story for story in found if code in story.languages]
    if which.source:
        names = set(spellings(reader.corpus, [which.source]))
        found = [story for story in found if not names.isdisjoint(story.sources)]
    if which.independent:
        known = as_published(reader, found)
        found = [
            story
            for story, said in zip(found, known, strict=True)
            if said.n_independent >= which.independent
        ]
    if which.order == NEWEST:
        never = datetime.min.replace(tzinfo=UTC)
        found.sort(key=lambda story: story.ended or never, reverse=True)
    return found


def _in_time(story: Story, which: StoryFilter) -> bool:
    if which.since is None and which.until is None:
        return True
    if story.started is None or story.ended is None:
        return False
    late_enough = which.since is None or story.ended >= which.since
    return late_enough and (which.until is None or story.started < which.until)


def _has_words(story: Story, words: str) -> bool:
    said = f" {' '.join((story.headline, *story.keywords, *story.names))}".casefold()
    return all(word in said for word in words.casefold().split())
