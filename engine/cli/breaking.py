"""The command that tells which stories are breaking."""

from __future__ import annotations

from typing import Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, moment
from engine.cli.output import note, print_lines, print_text


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(breaking)


def breaking(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only what was told then or later, as 2023-05-21.")
    ] = None,
    run: Annotated[int | None, typer.Option(min=1, help="Only what this run told.")] = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print the stories that grow faster than others do.

    Nights find them. Each is told once when it begins, and once more when it reaches another
    language.
    """
    from engine.reports.wording import alert_headline, alert_reason

    then = moment(since, "--since")
    with engine.open(indexes) as base:
        found = base.breaking(since=then, run=run)
    if json_:
        print_lines(one.to_dict() for one in found)
        return
    for one in found:
        print_text(f"{one.alert.story}  {one.alert.kind} in run {one.run}: {alert_headline(one)}")
        print_text(f"  {alert_reason(one.alert)}")
    if not found:
        note("nothing is breaking")
