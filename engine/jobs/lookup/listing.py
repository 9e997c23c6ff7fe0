"""Which stories are listed, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.arguments import expect_fields
from engine.domain import Story
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import independences
from engine.words.moments import expect_aware

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
        Of at least one article; said as `engine.jobs.base.filtering` takes them.
    words
        Each is in the headline, a keyword or a name, or part of one, in any case.
    independent
        Voices that really report it, at least; see `engine.origins.voices`.
    order
        One of `ORDERS`.

    Raises
    ------
    InputError
        A time is not aware, there is no such order, or a field is of another type.
    """

    since: datetime | None = None
    until: datetime | None = None
    language: str = ""
    source: str = ""
    words: str = ""
    independent: int = 0
    order: str = LARGEST

    def __post_init__(self) -> None:
        """Refuse times that are not aware, an order that is none, and fields of other types."""
        expect_aware(since=self.since, until=self.until)
        expect_fields(self)
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
    found = list(reader.once(_newest) if which.order == NEWEST else reader.stories.values())
    if which.source:
        ids = _of_outlet(reader, which.source)
        found = [story for story in found if story.id in ids]
    if which.language:
        from engine.jobs.base.filtering import as_code  # imports what names languages

        code = as_code(reader.corpus, which.language)
        found = [story for story in found if code in story.languages]
    if which.since is not None or which.until is not None:
        found = [story for story in found if _in_time(story, which)]
    if which.words:
        said = reader.once(_said)
        for word in which.words.casefold().split():
            found = [story for story in found if word in said[story.id]]
    if which.independent:
        known = independences(reader, found)
        found = [
            story
            for story, one in zip(found, known, strict=True)
            if one.n_independent >= which.independent
        ]
    return found


def _newest(reader: Reader) -> list[Story]:
    """Return the stories of the generation, that with the latest article first."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(reader.stories.values(), key=lambda story: story.ended or never, reverse=True)


def _said(reader: Reader) -> dict[str, str]:
    """Return what words are looked for in, by id of each story: case is folded."""
    return {
        story.id: f" {' '.join((story.headline, *story.keywords, *story.names))}".casefold()
        for story in reader.stories.values()
    }


def _of_outlet(reader: Reader, outlet: str) -> Set[str]:
    """Return the ids of the stories that an outlet tells.

    One that tells none is looked for among all articles, to say where there is no such outlet.
    """
    ids = reader.once(_by_outlet).get(outlet.casefold())
    if ids is None:
        from engine.jobs.base.filtering import spellings

        spellings(reader.corpus, [outlet])
    return ids or frozenset()


def _by_outlet(reader: Reader) -> dict[str, set[str]]:
    """Return the ids of the stories that each outlet tells, by its name, case folded."""
    found = defaultdict[str, set[str]](set)
    for story in reader.stories.values():
        for name in story.sources:
            found[name.casefold()].add(story.id)
    return dict(found)


def _in_time(story: Story, which: StoryFilter) -> bool:
    if story.started is None or story.ended is None:
        return False
    late_enough = which.since is None or story.ended >= which.since
    return late_enough and (which.until is None or story.started < which.until)
