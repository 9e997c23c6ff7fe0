"""What the pages of long matters show: all of them, and the stages of one on a line of time."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.jobs.telling.matters import (
    Matter,
    MatterTimeline,
    Stage,
    matter_timeline,
    matters,
    matters_in_order,
)

MATTERS_A_PAGE = 50
"""Matters of a page; the others are counted."""

WIDTH = 1000
"""Units of a line of time, as `engine.serve.pages.drawing` has it."""


@dataclass(frozen=True, slots=True)
class MattersPage(Value):
    """All matters.

    Attributes
    ----------
    shown
        That with the latest stage first.
    n_more
        How many there are besides.
    """

    shown: tuple[Matter, ...]
    n_more: int


@dataclass(frozen=True, slots=True)
class Dot(Value):
    """A stage on the line of time, at `x` of `WIDTH`."""

    stage: Stage
    x: float


@dataclass(frozen=True, slots=True)
class MatterPage(Value):
    """One matter.

    Attributes
    ----------
    timeline
        Its stages.
    dots
        Those that are dated, on the line of time.
    """

    timeline: MatterTimeline
    dots: tuple[Dot, ...]


def matters_page(reader: Reader) -> MattersPage:
    """Return the page of all matters."""
    ids = reader.once(matters_in_order)
    shown = matters(reader, ids=ids[:MATTERS_A_PAGE])
    return MattersPage(tuple(shown), max(0, len(ids) - MATTERS_A_PAGE))


def matter_page(reader: Reader, id_: str, *, sentences: bool) -> MatterPage:
    """Return the page of a matter.

    Raises
    ------
    NotFoundError
        There is no such matter.
    """
    timeline = matter_timeline(reader, id_, sentences=sentences)
    times = {
        stage.number: stage.story.started.timestamp()
        for stage in timeline.stages
        if stage.story.started is not None
    }
    first = min(times.values(), default=0.0)
    span = max(max(times.values(), default=0.0) - first, 1.0)
    dots = tuple(
        Dot(stage, round(WIDTH * (times[stage.number] - first) / span, 1))
        for stage in timeline.stages
        if stage.number in times
    )
    return MatterPage(timeline, dots)
