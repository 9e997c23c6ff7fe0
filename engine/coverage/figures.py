"""All figures of coverage over the stories of a span of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engine.coverage.concentration import BY, WEEK, Period, periods
from engine.coverage.firsts import First, firsts, race_of_voices
from engine.coverage.gaps import Gap, LanguageCoverage, Missed, gaps, languages_of, missed
from engine.coverage.lags import Lag, lags
from engine.coverage.printing import Printing, printings
from engine.coverage.reports import Report, Reported
from engine.domain import UNDETERMINED, Value
from engine.errors import InputError
from engine.words.moments import expect_aware


@dataclass(frozen=True, slots=True)
class Span:
    """Of which stories figures are made, and how they are split.

    Attributes
    ----------
    since, until
        Aware times: stories that were first reported from then on, and before; None: all, those
        without any date too. A story counts with all its articles.
    by
        ``week`` (from Monday on) or ``day``, in UTC.

    Raises
    ------
    InputError
        A time is not aware, or there is no such period.
    """

    since: datetime | None = None
    until: datetime | None = None
    by: str = WEEK

    def __post_init__(self) -> None:
        """Refuse times that are not aware, and a period that is none."""
        expect_aware(since=self.since, until=self.until)
        if self.by not in BY:
            raise InputError(f"expected a period among {', '.join(BY)}, got {self.by!r}")

    def has(self, story: Reported) -> bool:
        """Tell whether a story was first reported in the span."""
        if self.since is None and self.until is None:
            return True
        if story.first is None:
            return False
        late_enough = self.since is None or story.first >= self.since.timestamp()
        return late_enough and (self.until is None or story.first < self.until.timestamp())


EVERYTHING = Span()
"""All stories, by week."""


@dataclass(frozen=True, slots=True)
class Coverage(Value):
    """Who leads, who lags and what is missed.

    Attributes
    ----------
    generation
        Whose stories they are.
    since, until, by
        As asked for; see `Span`.
    n_stories, n_articles
        That the figures are of; articles in no story count for nothing.
    n_undated
        Articles without a date that can be believed: of no use to tell who was first.
    n_by_day
        Articles of which only the day is known.
    n_raced, n_decided
        Stories that at least two voices report with a date, and those of which it is known who
        was first.
    n_untold
        Stories left out, as they were described before origins of texts were kept.
    firsts
        Outlets and agencies, the surest leader first.
    languages
        What each has, and misses.
    language_lags, outlet_lags
        How long each takes after the first report.
    gaps
        How much one language has that another misses.
    missed
        Stories that each language misses.
    printings
        Who prints whose texts.
    periods
        Concentration by week or day, oldest first.
    """

    generation: str
    since: datetime | None
    until: datetime | None
    by: str
    n_stories: int
    n_articles: int
    n_undated: int
    n_by_day: int
    n_raced: int
    n_decided: int
    n_untold: int
    firsts: tuple[First, ...]
    languages: tuple[LanguageCoverage, ...]
    language_lags: tuple[Lag, ...]
    outlet_lags: tuple[Lag, ...]
    gaps: tuple[Gap, ...]
    missed: tuple[Missed, ...]
    printings: tuple[Printing, ...]
    periods: tuple[Period, ...]

    @property
    def tables(self) -> Mapping[str, tuple[Value, ...]]:
        """The tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    def first_rows(self, most: int) -> Coverage:
        """Return the same with at most so many outlets, pairs and missed stories of a language."""
        missed = {
            row.language: [other for other in self.missed if other.language == row.language]
            for row in self.languages
        }
        return replace(
            self,
            firsts=self.firsts[:most],
            outlet_lags=self.outlet_lags[:most],
            printings=self.printings[:most],
            missed=tuple(row for rows in missed.values() for row in rows[:most]),
        )


TABLES = (
    "firsts",
    "languages",
    "language_lags",
    "outlet_lags",
    "gaps",
    "missed",
    "printings",
    "periods",
)
"""Those fields of `Coverage` that are tables."""


def coverage_of(
    stories: Iterable[Reported], span: Span, *, generation: str, n_untold: int
) -> Coverage:
    """Return the figures of the stories of a span.

    Parameters
    ----------
    stories
        All there are.
    span
        Which of them.
    generation, n_untold
        As in `Coverage`.
    """
    shown = [story for story in stories if span.has(story)]
    reports = [report for story in shown for report in story.reports]
    races = [race_of_voices(story) for story in shown]
    return Coverage(
        generation=generation,
        since=span.since,
        until=span.until,
        by=span.by,
        n_stories=len(shown),
        n_articles=len(reports),
        n_undated=sum(report.published is None for report in reports),
        n_by_day=sum(report.is_by_day for report in reports),
        n_raced=sum(bool(race.ahead) for race in races),
        n_decided=sum(len(race.ahead) == 1 for race in races),
        n_untold=n_untold,
        firsts=firsts(races),
        languages=languages_of(shown),
        language_lags=lags(shown, _language),
        outlet_lags=lags(shown, lambda report: report.outlet),
        gaps=gaps(shown),
        missed=missed(shown),
        printings=printings(shown),
        periods=periods(shown, span.by),
    )


def _language(report: Report) -> str:
    return "" if report.language == UNDETERMINED else report.language
