"""The other stages of the long matter of a story, those that are near to it in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from engine.domain import Story, Value
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.stages import begins
from engine.jobs.lookup.outlines import StoryOutline, outlines
from engine.jobs.telling.matters import stage_place, stages_by_matter

MOST_EVENTS = 10
"""Other stories of a matter that are shown."""

REACH = timedelta(days=365)
"""Time before and after a story in which others are shown as stages of its matter."""


@dataclass(frozen=True, slots=True)
class OtherEvents(Value):
    """The other stories of the matter that a story is a stage of, oldest first.

    Attributes
    ----------
    shown
        The nearest in time.
    more
        The others, which are too many or too far away to be shown.
    matter
        Id of the matter, or empty.
    """

    shown: tuple[StoryOutline, ...]
    more: tuple[StoryOutline, ...]
    matter: str = ""


def other_events(reader: Reader, story: Story) -> OtherEvents:
    """Return the other stories of the matter that `story` is a stage of.

    Parameters
    ----------
    reader
        Of the base.
    story
        One of the stories of the generation that it holds.
    """
    place = stage_place(reader, story.id)
    if place is None:
        return OtherEvents((), ())
    stages = reader.once(stages_by_matter)[place.matter]
    others = outlines(reader, [other for other in stages if other.id != story.id])
    return nearest_in_time(story, others, place.matter)


def nearest_in_time(story: Story, others: Sequence[StoryOutline], matter: str = "") -> OtherEvents:
    """Return which of `others` to show: at most `MOST_EVENTS`, those within `REACH`.

    Where a date is missing nothing is known to be far; such stories come after all others.
    """
    gaps = {other.id: _gap(story, other) for other in others}
    nearest_first = sorted(others, key=lambda other: (gaps[other.id], other.id))
    shown = {other.id for other in nearest_first[:MOST_EVENTS] if gaps[other.id] <= REACH}
    oldest_first = sorted(others, key=begins)
    return OtherEvents(
        tuple(other for other in oldest_first if other.id in shown),
        tuple(other for other in oldest_first if other.id not in shown),
        matter,
    )


def _gap(one: Story, other: StoryOutline) -> timedelta:
    """Return the time between two stories; `REACH` where it is not known."""
    if one.started is None or one.ended is None or other.started is None or other.ended is None:
        return REACH
    return max(timedelta(0), one.started - other.ended, other.started - one.ended)
