"""What the page of coverage shows, and where its marks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log

from engine.coverage.figures import Coverage, Span
from engine.coverage.firsts import First
from engine.coverage.gaps import Gap, Missed
from engine.coverage.lags import Lag
from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.jobs.telling.coverage import coverage
from engine.serve.pages.drawing import MARGIN, WIDTH

MOST_ROWS = 20
"""Outlets and pairs of a table."""

MOST_LANGUAGES = 8
"""Languages that are held against each other, those with most stories."""

MOST_MISSED = 5
"""Missed stories of a language that are named."""

LEAST_HOURS, MOST_HOURS = 1 / 60, 24.0 * 30
"""Ends of the scale of delays: a minute and a month; what is beyond stands at the end."""

HEIGHT = 200
"""Units from the foot to the top of the drawing of concentration."""


@dataclass(frozen=True, slots=True)
class Reach(Value):
    """A range on a scale: from `start` to `end`, a dot at `dot` and maybe a stroke at `stroke`.

    Units from the left of `WIDTH`.
    """

    start: float
    dot: float
    end: float
    stroke: float | None = None


@dataclass(frozen=True, slots=True)
class Line(Value):
    """The index of each period that has one: points of a drawing, as SVG takes them."""

    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The points in one text."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class CoveragePage(Value):
    """The page of coverage.

    Attributes
    ----------
    coverage
        The first rows of every table.
    firsts
        Those of which it is known who was first, each with its place on the scale of shares.
    language_lags, outlet_lags
        Those that were behind, each with its place on the scale of delays.
    gaps
        By language, what each other one of `MOST_LANGUAGES` misses of it; None for itself.
    missed
        By language, how many stories it misses and the first of them.
    owners, voices
        Concentration over time.
    """

    coverage: Coverage
    firsts: tuple[tuple[First, Reach], ...]
    language_lags: tuple[tuple[Lag, Reach], ...]
    outlet_lags: tuple[tuple[Lag, Reach], ...]
    gaps: dict[str, tuple[Gap | None, ...]]
    missed: tuple[tuple[str, int, tuple[Missed, ...]], ...]
    owners: Line
    voices: Line


def coverage_page(reader: Reader, span: Span) -> CoveragePage:
    """Return the page of the stories of a span."""
    found = coverage(reader, span)
    shown = found.first_rows(MOST_ROWS)
    return CoveragePage(
        coverage=shown,
        firsts=tuple((row, share_reach(row)) for row in shown.firsts if row.n_decided),
        language_lags=_lags(found.language_lags),
        outlet_lags=_lags(found.outlet_lags),
        gaps=_square(found),
        missed=_missed(found),
        owners=_line([(period.start, period.owners.index) for period in found.periods]),
        voices=_line([(period.start, period.voices.index) for period in found.periods]),
    )


def share_reach(row: First) -> Reach:
    """Return where the interval of a share stands; from 0 on the left to 1 on the right."""
    low, share, high = row.low or 0.0, row.share or 0.0, row.high or 0.0
    return Reach(_place(low), _place(share), _place(high), _place(row.by_chance or 0.0))


def delay_reach(row: Lag) -> Reach:
    """Return where the quartiles of delays stand, on a logarithmic scale."""
    return Reach(
        *(_place(_magnitude(hours or 0.0)) for hours in (row.lower, row.median, row.upper))
    )


def _magnitude(hours: float) -> float:
    within = min(max(hours, LEAST_HOURS), MOST_HOURS)
    return log(within / LEAST_HOURS) / log(MOST_HOURS / LEAST_HOURS)


def _place(share: float) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * share, 1)


def _lags(rows: Sequence[Lag]) -> tuple[tuple[Lag, Reach], ...]:
    behind = [row for row in rows if row.n_behind][:MOST_ROWS]
    return tuple((row, delay_reach(row)) for row in behind)


def _square(found: Coverage) -> dict[str, tuple[Gap | None, ...]]:
    by_pair = {(gap.has, gap.misses): gap for gap in found.gaps}
    codes = [row.language for row in found.languages[:MOST_LANGUAGES]]
    return {one: tuple(by_pair.get((one, other)) for other in codes) for one in codes}


def _missed(found: Coverage) -> tuple[tuple[str, int, tuple[Missed, ...]], ...]:
    rows = [
        (one.language, one.n_missed, [row for row in found.missed if row.language == one.language])
        for one in found.languages[:MOST_LANGUAGES]
    ]
    return tuple((code, n, tuple(missed[:MOST_MISSED])) for code, n, missed in rows if n)


def _line(indices: Sequence[tuple[datetime, float | None]]) -> Line:
    """Return the periods that have an index in order of time; 0 is at the foot, 1 at the top."""
    known = [(at, index) for at, index in indices if index is not None]
    if not known:
        return Line(())
    start, end = indices[0][0], indices[-1][0]
    whole = (end - start).total_seconds() or 1.0
    return Line(
        tuple(
            (_place((at - start).total_seconds() / whole), round(HEIGHT * (1 - index), 1))
            for at, index in known
        )
    )
