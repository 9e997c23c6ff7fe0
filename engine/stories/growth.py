"""Which stories grow faster than the stories of a base do, and what became of those that did.

The time that a story takes is told by two clocks: in seconds, and in articles that came
meanwhile. By the second the night, the weekend and a small language are as short as they are quiet,
without a table of hours (the time-rescaling theorem: Brown et al. 2002, "The Time-Rescaling Theorem
and Its Application to Neural Spike Train Data Analysis"). It must be fast by both: two outlets that
speak a day apart while nobody else does are not.

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
        earlier, stories = rows - n_voices + 1, reports.stories[rows]
        doubled = sizes[stories] >= 2 * (places[rows] + 1)
        by_both = [
            _compared(stories, spans, doubled, over)
            for spans in (
                until[rows] - begun[earlier],
                reports.times[rows] - reports.times[earlier],
            )
        ]
        # By the clock by which more stories were as fast.
        as_fast, kept_on, stopped = np.where(by_both[0][0] >= by_both[1][0], *by_both)
        rarer = as_fast / n_stories <= found.chances[rows]
        rows = rows[rarer]
        found.chances[rows] = as_fast[rarer] / n_stories
        found.n_voices[rows] = n_voices
        found.n_meanwhile[rows] = until[rows] - begun[rows - n_voices + 1]
        found.n_kept_on[rows] = kept_on[rarer]
        found.n_stopped[rows] = stopped[rarer]
        n_voices *= 2
    return found


def _compared(
    stories: Numbers, spans: Numbers, doubled: npt.NDArray[np.bool_], over: npt.NDArray[np.bool_]
) -> Numbers:
    """Return of each span how many stories had one as short, and what became of them.

    Parameters
    ----------
    stories, spans, doubled
        (n,): the story of each span, ascending, its length, and whether the story has doubled its
        voices since.
    over
        Bool, (n_stories,).

    Returns
    -------
    numpy.ndarray
        Int64, (3, n): stories as fast, those of them that doubled after their shortest span, and
        those that are over and did not.
    """
    # The latest of equal ones, so that of reports with one time all are counted.
    order = np.lexsort((-np.arange(len(spans)), spans, stories))
    fastest = order[np.flatnonzero(np.diff(stories[order], prepend=-1))]
    fastest = fastest[np.argsort(spans[fastest], kind="stable")]
    as_fast = np.searchsorted(spans[fastest], spans, "right")
    stopped = ~doubled[fastest] & over[stories[fastest]]
    n_doubled, n_stopped = (
        np.concatenate([[0], np.cumsum(which)])[as_fast] for which in (doubled[fastest], stopped)
    )
    return np.stack([as_fast, n_doubled, n_stopped])
