"""The articles of stories as coverage sees them: who reported what, in which language, when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from engine.domain import Origin
from engine.origins.voices import COPIES

DAY = 86_400
"""Seconds of a day."""


@dataclass(frozen=True, slots=True)
class Report:
    """One article of a story.

    Attributes
    ----------
    id
        Of the article.
    origin
        Where its text comes from.
    owner
        Whose outlet it is in: the owner where one is known, else the outlet; empty: not known.
    voice
        Who speaks in it: an agency, an owner or an outlet; empty: not known.
    language
        Its code.
    published
        Seconds since 1970 UTC, None where not known. At midnight UTC it is a day without hours.
    """

    id: str
    origin: Origin
    owner: str
    voice: str
    language: str
    published: int | None

    @property
    def outlet(self) -> str:
        """Who printed it, empty where not known."""
        return self.origin.outlet or self.origin.host

    @property
    def is_by_day(self) -> bool:
        """Whether only the day of it is known."""
        return self.published is not None and self.published % DAY == 0

    @property
    def latest(self) -> int | None:
        """The last second in which it can have come."""
        at = self.published
        return at + DAY - 1 if at is not None and self.is_by_day else at


@dataclass(frozen=True)
class Reported:
    """A story as coverage sees it.

    Attributes
    ----------
    id, headline
        As it is published.
    matter
        Id of the long matter that it is a stage of; its own where it is of none.
    reports
        Its articles, at least one, in any order.
    """

    id: str
    headline: str
    matter: str
    reports: tuple[Report, ...]

    @cached_property
    def by_id(self) -> dict[str, Report]:
        """The reports by the id of their article."""
        return {report.id: report for report in self.reports}

    @cached_property
    def first(self) -> int | None:
        """When it was first reported, in seconds since 1970; None where no date is known."""
        times = [report.published for report in self.reports if report.published is not None]
        return min(times, default=None)

    @cached_property
    def languages(self) -> frozenset[str]:
        """Codes of the languages that it is told in."""
        return frozenset(report.language for report in self.reports)

    @cached_property
    def outlets(self) -> frozenset[str]:
        """Who prints it, as far as is known."""
        return frozenset(report.outlet for report in self.reports) - {""}

    @cached_property
    def voices(self) -> frozenset[str]:
        """Who speaks in it, as far as is known."""
        return frozenset(report.voice for report in self.reports) - {""}

    def printed(self, report: Report) -> Report | None:
        """Return the report whose text another one prints; None where it prints its own."""
        return self.by_id.get(report.origin.of) if report.origin.kind in COPIES else None


Party: TypeAlias = tuple[str, str]
"""Who reports: ``outlet`` or ``agency``, and its name."""


def author(story: Reported, report: Report) -> Party | None:
    """Return whose text a report is; None: it came after the outlet's that it was copied from.

    Of two that print one text at times that cannot be told apart either may have written it.
    """
    if report.origin.agency:
        return "agency", report.origin.agency
    if report.origin.kind in COPIES:
        original = story.printed(report)
        if original is None or is_later(report, original):
            return None
    return "outlet", report.outlet


def is_later(report: Report, other: Report) -> bool:
    """Tell whether a report surely came after another; of days without hours another day did."""
    if report.published is None or other.latest is None:
        return False
    return report.published > other.latest


def of_one_time(times: Sequence[int | None], *, silence: int) -> list[int | None]:
    """Return the times of the articles of a story, None for those that are no time of it.

    A clock that was never set says 1970; such an article did not break the story.

    Parameters
    ----------
    times
        Seconds since 1970, in any order.
    silence
        Seconds of the longest gap within a story. Of the stretches between longer ones that with
        most articles is believed, the earliest of equals.
    """
    stretches: list[list[int]] = []
    for at in sorted(at for at in times if at is not None):
        if not stretches or at - stretches[-1][-1] > silence:
            stretches.append([])
        stretches[-1].append(at)
    longest: list[int] = max(stretches, key=len) if stretches else []
    believed = set(longest)
    return [at if at in believed else None for at in times]
