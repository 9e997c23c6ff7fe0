"""How much of the coverage of each week or day is in the hands of few."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.coverage.reports import Reported
from engine.domain import Value

WEEK, DAY = BY = ("week", "day")
"""Periods there are: weeks from Monday on, and days, both in UTC."""


@dataclass(frozen=True, slots=True)
class Held(Value):
    """In how few hands something is.

    Attributes
    ----------
    n_holders
        Owners, or voices.
    index
        Index of Herfindahl and Hirschman, from 0 to 1: the chance that two mentions drawn at
        random are of one holder, without drawing one twice (Simpson 1949, "Measurement of
        diversity"), as the sum of squared shares calls every small week concentrated. None
        where there are less than two.
    largest, share
        Who has most, and how much of all; empty and None where there is none.
    """

    n_holders: int
    index: float | None
    largest: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Period(Value):
    """The stories that were first reported in one week or day.

    Attributes
    ----------
    start
        When it begins, in UTC.
    n_stories, n_articles, n_undated, n_outlets, n_languages
        Of these stories; undated articles are among all.
    owners
        In whose outlets they are printed: an owner counts once a story.
    voices
        Who speaks in them: owners and agencies, each once a story.
    """

    start: datetime
    n_stories: int
    n_articles: int
    n_undated: int
    n_outlets: int
    n_languages: int
    owners: Held
    voices: Held


def periods(stories: Iterable[Reported], by: str) -> tuple[Period, ...]:
    """Return what was reported in each period that has stories, oldest first.

    Parameters
    ----------
    stories
        Those without a date are in no period.
    by
        One of `BY`.
    """
    found = defaultdict[datetime, list[Reported]](list)
    for story in stories:
        if story.first is not None:
            found[period_start(story.first, by)].append(story)
    return tuple(_period(start, found[start]) for start in sorted(found))


def period_start(seconds: int, by: str) -> datetime:
    """Return when the period of a time begins."""
    midnight = datetime.fromtimestamp(seconds, UTC).replace(hour=0, minute=0, second=0)
    return midnight - timedelta(days=midnight.weekday() if by == WEEK else 0)


def held(mentions: Iterable[str]) -> Held:
    """Return in how few hands something is, by who is mentioned; empty ones are not known."""
    counts = Counter(name for name in mentions if name)
    total = counts.total()
    if not total:
        return Held(0, None, "", None)
    pairs = total * (total - 1)
    index = sum(n * (n - 1) for n in counts.values()) / pairs if pairs else None
    largest, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return Held(len(counts), index, largest, most / total)


def _period(start: datetime, stories: Sequence[Reported]) -> Period:
    reports = [report for story in stories for report in story.reports]
    return Period(
        start=start,
        n_stories=len(stories),
        n_articles=len(reports),
        n_undated=sum(report.published is None for report in reports),
        n_outlets=len(set[str]().union(*(story.outlets for story in stories))),
        n_languages=len({report.language for report in reports}),
        owners=held(
            owner for story in stories for owner in {report.owner for report in story.reports}
        ),
        voices=held(voice for story in stories for voice in story.voices),
    )
