"""The command that tells who leads, who lags and what is missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, moment
from engine.cli.output import note, print_json, print_table, print_text

if TYPE_CHECKING:
    from engine.coverage.concentration import Held, Period
    from engine.coverage.figures import Coverage
    from engine.coverage.firsts import First
    from engine.coverage.lags import Lag

MOST_ROWS = 10
"""Rows of a table for people."""

MOST_LANGUAGES, MOST_MISSED = 5, 3
"""Languages whose missed stories people are told, and how many of each."""


class By(StrEnum):
    """The periods there are; the names are those of `engine.coverage.concentration`."""

    week = "week"
    day = "day"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(coverage)


def coverage(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only stories first reported from this on: a date, a month.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Only stories first reported before this.")
    ] = None,
    by: Annotated[By, typer.Option(help="What concentration is told by.")] = By.week,
    rows: Annotated[
        int, typer.Option("-n", "--rows", min=1, help="Rows of each table; --out writes all.")
    ] = MOST_ROWS,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for all tables as Parquet and CSV and plots for Vega-Lite."),
    ] = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Tell who leads, who lags, what is missed and who prints whom.

    And in how few hands it all is.
    """
    from engine.coverage.figures import Span  # --help needs none

    span = Span(moment(since, "--since"), moment(until, "--until"), by.value)
    with engine.open(indexes) as base:
        found = base.coverage(span)
        written = [] if out is None else base.write_coverage(found, out)
    shown = found.first_rows(rows)
    if json_:
        print_json(shown.to_dict())
    else:
        _print(shown)
    if written:
        note(f"{out}: {len(written)} files")


def _print(found: Coverage) -> None:
    from engine.reports.coverage_wording import counts

    for line in counts(found):
        print_text(line)
    _table(
        "First with a text of its own (*: too often for luck)",
        ("", "", "stories", "decided", "first", "tied", "share", "95 %", "by chance", "luck"),
        map(_first, found.firsts),
    )
    columns = ("", "stories", "first", "tied", "behind", "median", "quartiles")
    _table("Languages behind the first report", columns, map(_lag, found.language_lags))
    _table("Outlets behind the first report", columns, map(_lag, found.outlet_lags))
    _table(
        "What languages have",
        ("", "articles", "stories", "alone", "missed"),
        ((r.language, r.n_articles, r.n_stories, r.n_alone, r.n_missed) for r in found.languages),
    )
    _table(
        "Missed (!: the whole matter)",
        ("in", "", "voices", "languages", "headline"),
        (
            (r.language, "!" * r.matter_too, r.n_voices, " ".join(r.languages), r.headline)
            for one in found.languages[:MOST_LANGUAGES]
            for r in [row for row in found.missed if row.language == one.language][:MOST_MISSED]
        ),
    )
    _table(
        "Who prints whom",
        ("prints", "a text of", "", "articles", "stories", "of", "order unknown"),
        (
            (
                r.outlet,
                r.source,
                "one owner" if r.same_owner else r.kind,
                r.n_articles,
                r.n_stories,
                r.n_both,
                r.n_unordered,
            )
            for r in found.printings
        ),
    )
    _table(
        f"Concentration by {found.by}",
        ("from", "stories", "outlets", "owners", "index", "largest", "voices", "index", "largest"),
        map(_period, found.periods),
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    if shown := list(rows):
        print_text(f"\n{title}")
        print_table(columns, shown)


def _first(row: First) -> Sequence[object]:
    interval = "" if row.low is None else f"{row.low:.0%}-{row.high:.0%}"
    counted = (row.n_stories, row.n_decided, row.n_first, row.n_tied)
    luck = "" if row.luck is None else f"{row.luck:.2g}{'*' * row.leads}"
    return (row.name, row.kind, *counted, _share(row.share), interval, _share(row.by_chance), luck)


def _lag(row: Lag) -> Sequence[object]:
    from engine.reports.coverage_wording import gap

    counted = (row.n_stories, row.n_first, row.n_tied, row.n_behind)
    if row.lower is None or row.median is None or row.upper is None:
        return (row.name, *counted, "", "")
    quartiles = f"{gap(row.lower)} to {gap(row.upper)}"
    return (row.name, *counted, gap(row.median), quartiles)


def _period(row: Period) -> Sequence[object]:
    held = [
        (one.n_holders, "" if one.index is None else f"{one.index:.3f}", _largest(one))
        for one in (row.owners, row.voices)
    ]
    return (f"{row.start:%Y-%m-%d}", row.n_stories, row.n_outlets, *held[0], *held[1])


def _largest(held: Held) -> str:
    return "" if held.share is None else f"{held.largest} {held.share:.0%}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
