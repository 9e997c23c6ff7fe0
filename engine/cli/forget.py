"""The command that deletes articles for good."""

from __future__ import annotations

from typing import Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Wait, moment
from engine.cli.output import print_json, progress_bars


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(forget)


def forget(
    articles: Annotated[
        list[str] | None, typer.Argument(metavar="[ARTICLE]...", help="Ids of articles.")
    ] = None,
    *,
    source: Annotated[str, typer.Option(help="All articles of this outlet.")] = "",
    before: Annotated[
        str | None, typer.Option(help="All articles published before this date or time.")
    ] = None,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Delete articles from store, index, stories and every generation, and print a certificate.

    They do not come back with a later feed. Copies outside the base, such as the feeds
    themselves, reports and backups, are not touched.
    """
    from engine.jobs.forget import Selection

    selection = Selection(
        ids=tuple(articles or ()),
        source=source,
        before=None if before is None else moment(before),
    )
    with progress_bars() as progress, engine.open(indexes, wait=wait, progress=progress) as base:
        print_json(base.forget(selection).to_dict())
