"""Which stories grow faster than the stories of a base do, and what became of those that did.

The time that a story takes is told in articles: how many came meanwhile. By that clock the night,
the weekend and a small language are as short as they are quiet, without a table of hours (the
time-rescaling theorem: Brown et al. 2002, "The Time-Rescaling Theorem and Its Application to
Neural Spike Train Data Analysis").

How fast a story grows is told by the shortest time in which it had so many new voices, as a scan
statistic does (Naus 1965, "The Distribution of the Size of the Maximum Cluster of Points on a
Line"). The chance of it is the share of the stories that ever did as much in as short a time: a
rank among the base's own, with no distribution to assume (Vovk et al. 2005, "Algorithmic Learning
in a Random World").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Seconds

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

RARE = 0.05
"""Share of the stories that grow as fast as a spike at most, as is usual for what is no chance."""

FEWEST_STORIES = round(1 / RARE)
"""Among fewer stories none can be so rare."""


@dataclass(frozen=True, slots=True)
class Reports:
    """First reports of stories: when each voice first spoke.

    Attributes
    ----------
    stories
        Int64, (n,), ascending from 0 without a gap: number of the story.
    times
        Ascending within a story.
    """

    stories: Numbers
    times: Seconds


@dataclass(frozen=True, slots=True)
class Growth:
    """How a story grew up to each report, as fast as it was rarest.

    Attributes
    ----------
    chances
        Float64, (n,), above 0 up to 1: share of the stories that ever grew as fast.
    n_voices
        Int64, (n,): 2, 4, 8 or another power of two; 1 at the first report of a story.
    n_meanwhile
        Int64, (n,): articles that came from the first of these voices to the last.
    n_kept_on, n_stopped
        Int64, (n,): of the stories that ever grew as fast, those that have at least doubled their
        voices since, and those that are over without having.
    """

    chances: Floats
    n_voices: Numbers
    n_meanwhile: Numbers
    n_kept_on: Numbers
    n_stopped: Numbers

    @property
    def spikes(self) -> npt.NDArray[np.bool_]:
        """Bool, (n,): rare, and no more of those as fast have stopped than kept on."""
        return (self.chances <= RARE) & (self.n_kept_on >= self.n_stopped)


def growth(reports: Reports, clock: Seconds, over: npt.NDArray[np.bool_]) -> Growth:
    """Return how stories grew, compared with each other.

    They are compared each time that their voices have doubled, so that a story is looked at few
    times, and where they are of one size.

    Parameters
    ----------
    reports
        Of all of them.
    clock
        Ascending: the times of all articles, those of `reports` among them.
    over
        Bool, (n_stories,): which of them are expected to grow no more.
    """
    n, n_stories = len(reports.stories), len(over)
    sizes = np.bincount(reports.stories, minlength=n_stories)
    places = np.arange(n) - np.searchsorted(reports.stories, reports.stories)
    begun = np.searchsorted(clock, reports.times, "left")
    until = np.searchsorted(clock, reports.times, "right")
    found = Growth(np.ones(n), *(np.full(n, value, np.int64) for value in (1, 1, 0, 0)))
    n_voices = 2
    while len(rows := np.flatnonzero(places >= n_voices - 1)):
        spans = until[rows] - begun[rows - n_voices + 1]
        fastest = _fastest(reports.stories[rows], spans)
        stories = reports.stories[rows][fastest]
        kept_on = sizes[stories] >= 2 * (places[rows][fastest] + 1)
        order = np.argsort(spans[fastest], kind="stable")
        as_fast = np.searchsorted(spans[fastest][order], spans, "right")
        values = (
            as_fast / n_stories,
            np.full(len(rows), n_voices, np.int64),
            spans,
            np.concatenate([[0], np.cumsum(kept_on[order])])[as_fast],
            np.concatenate([[0], np.cumsum((~kept_on & over[stories])[order])])[as_fast],
        )
        _take_rarer(found, rows, values)
        n_voices *= 2
    return found


def _fastest(stories: Numbers, spans: Numbers) -> Numbers:
    """Return the place of the shortest span of each story, the latest of equal ones.

    So that of reports with one time all are counted.
    """
    order = np.lexsort((-np.arange(len(spans)), spans, stories))
    return order[np.flatnonzero(np.diff(stories[order], prepend=-1))]


def _take_rarer(
    found: Growth, rows: Numbers, values: tuple[Floats, Numbers, Numbers, Numbers, Numbers]
) -> None:
    """Put `values` of `rows` where they are rarer than what was found of smaller sizes."""
    rarer = values[0] < found.chances[rows]
    columns = (
        found.chances,
        found.n_voices,
        found.n_meanwhile,
        found.n_kept_on,
        found.n_stopped,
    )
    for column, value in zip(columns, values, strict=True):
        column[rows[rarer]] = value[rarer]
