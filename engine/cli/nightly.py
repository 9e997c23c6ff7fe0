"""The command that does the night's work."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.corpus import SOME_REJECTED
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, span
from engine.cli.output import note, print_json, print_text, progress_bars

if TYPE_CHECKING:
    from engine.pipeline.nightly import NightlyReport

HELD = 5
"""Exit code of a night whose stories were not published."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(nightly)


def nightly(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files, folders or globs to take in first."),
    ] = None,
    *,
    window: Annotated[
        str, typer.Option(help="Stories change within this span before the latest article.")
    ] = "14d",
    keep: Annotated[int, typer.Option(min=1, help="Generations to keep.")] = 7,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take in what is new, embed, index, cluster and publish, in one run that can be repeated.

    Exit code 3 says that some inputs were rejected, 5 that the stories were held back
    because the clustering looked unsteady.
    """
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        report = base.nightly(paths or (), stdin=sys.stdin.buffer, window=span(window), keep=keep)
    if json_:
        print_json(asdict(report))
    else:
        print_text(summary(report))
    for reject in report.ingested.rejects:
        place = f"{reject.file}, line {reject.line}" if reject.line else reject.file
        note(f"rejected {place}{f', {reject.field}' if reject.field else ''}: {reject.reason}")
    if report.outcome == "held":
        raise typer.Exit(HELD)
    if report.ingested.rejected:
        raise typer.Exit(SOME_REJECTED)


def summary(report: NightlyReport) -> str:
    """Return what a night did, in some lines for a person."""
    read = report.ingested
    counts = (
        f"articles: {read.added} added, {read.updated} updated, {read.unchanged} unchanged, "
        f"{read.rejected} rejected; {report.n_embedded} embedded"
    )
    lines = [f"run {report.run}: {report.outcome}, {report.generation}", counts]
    lines += [f"held: {reason}" for reason in report.reasons]
    facts = report.facts
    if events := facts.get("events"):
        lines.append("stories: " + ", ".join(f"{n} {kind}" for kind, n in events.items()))
    if "agreement" in facts:
        lines.append(
            f"steadiness: halves agree {facts['agreement']:.2f}, {facts['churn']:.1%} of the "
            f"articles changed story, {facts['fragmentation']:.1%} of the stories split, "
            f"{facts['singletons']:.1%} of the articles in no story"
        )
    lines.append("seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in report.seconds.items()))
    return "\n".join(lines)
