"""Who was first and how long the others took, where times may be days without hours."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, TypeVar

from engine.coverage.reports import DAY, Report, is_later

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after the first report a party came: hours, whole days of 24 where `by_day`."""

    hours: float
    by_day: bool


@dataclass(frozen=True, slots=True)
class Race(Generic[T]):
    """In which order some parties reported one story.

    Attributes
    ----------
    ahead
        Those that may have been first: one where it is known who was, more where they came at
        one time or on one day of which the hours are not known.
    behind
        All others with a date, and how long they took.
    """

    ahead: frozenset[T]
    behind: Mapping[T, Delay]

    @property
    def n_parties(self) -> int:
        """Parties that are dated."""
        return len(self.ahead) + len(self.behind)


def race(reports: Iterable[tuple[T, Report]]) -> Race[T]:
    """Return in which order parties reported.

    Parameters
    ----------
    reports
        Who reported, and what; those without a date count for nothing. A party is as early as
        the earliest of its reports, and of a day and a time on it the time counts.
    """
    earliest: dict[T, tuple[int, Report]] = {}
    for party, report in reports:
        latest = report.latest
        if latest is not None and (party not in earliest or latest < earliest[party][0]):
            earliest[party] = latest, report
    if not earliest:
        return Race(frozenset(), {})
    _, front = min(earliest.values(), key=itemgetter(0))
    behind = {
        party: _delay(report, front)
        for party, (_, report) in earliest.items()
        if is_later(report, front)
    }
    return Race(frozenset(earliest.keys() - behind.keys()), behind)


def _delay(report: Report, front: Report) -> Delay:
    start, now = front.published or 0, report.published or 0
    if report.is_by_day or front.is_by_day:
        return Delay(24.0 * (now // DAY - start // DAY), by_day=True)
    return Delay((now - start) / 3600, by_day=False)
