"""How long languages and outlets take after the first report of a story."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from engine.coverage.races import Delay, race
from engine.coverage.reports import Report, Reported
from engine.domain import Value


@dataclass(frozen=True, slots=True)
class Lag(Value):
    """How long one language or outlet takes.

    Attributes
    ----------
    name
        Code of the language, or the outlet.
    n_stories
        Stories that it reports with a date, and another language or outlet too.
    n_first
        Those in which it was first, with whatever text.
    n_tied
        Those in which it came with others before all the rest, at one time or on one day
        without hours.
    n_behind
        The rest, of which the delays are.
    n_by_day
        Those of `n_behind` of which the delay is known in days alone.
    lower, median, upper
        Quartiles of the hours after the first report; None where it was never behind.
    """

    name: str
    n_stories: int
    n_first: int
    n_tied: int
    n_behind: int
    n_by_day: int
    lower: float | None
    median: float | None
    upper: float | None


def lags(stories: Iterable[Reported], of: Callable[[Report], str]) -> tuple[Lag, ...]:
    """Return how long each party takes, those with most stories first.

    Parameters
    ----------
    stories
        Those without a second party with a date count for nothing.
    of
        Gives the party of a report; an empty one comes first or not, but is not returned.
    """
    first, tied = Counter[str](), Counter[str]()
    delays = defaultdict[str, list[Delay]](list)
    for story in stories:
        found = race((of(report), report) for report in story.reports)
        if found.n_parties > 1:
            (first if len(found.ahead) == 1 else tied).update(found.ahead)
            for party, delay in found.behind.items():
                delays[party].append(delay)
    parties = (first.keys() | tied.keys() | delays.keys()) - {""}
    rows = [_lag(party, first[party], tied[party], delays.get(party, [])) for party in parties]
    return tuple(sorted(rows, key=lambda row: (-row.n_stories, row.name)))


def _lag(name: str, n_first: int, n_tied: int, delays: list[Delay]) -> Lag:
    hours = [delay.hours for delay in delays]
    lower, median, upper = np.percentile(hours, (25, 50, 75)).tolist() if hours else (None,) * 3
    return Lag(
        name=name,
        n_stories=n_first + n_tied + len(delays),
        n_first=n_first,
        n_tied=n_tied,
        n_behind=len(delays),
        n_by_day=sum(delay.by_day for delay in delays),
        lower=lower,
        median=median,
        upper=upper,
    )
