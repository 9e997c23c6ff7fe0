"""Commands that do the night's work, and rehearse many nights."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.corpus import SOME_REJECTED, tell_rejects
from engine.cli.options import (
    DEFAULT_INDEXES,
    AllowPrivate,
    Fetch,
    Indexes,
    Json,
    Map,
    processors,
    renamed,
    span,
)
from engine.cli.output import note, print_json, print_table, print_text, progress_bars
from engine.domain import EncoderSpec

if TYPE_CHECKING:
    from engine.pipeline import Base
    from engine.pipeline.nightly import NightlyReport

Window = Annotated[
    str, typer.Option(help="Stories change within this span before the latest article.")
]

HELD = 5
"""Exit code of a night whose stories were not published."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(nightly)
    app.command()(replay)


def nightly(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files, folders or globs to take in first."),
    ] = None,
    *,
    map_: Map = None,
    fetch: Fetch = False,
    allow_private: AllowPrivate = False,
    window: Window = "14d",
    keep: Annotated[int, typer.Option(min=1, help="Generations to keep.")] = 7,
    encoder: Annotated[
        str | None, typer.Option(help="As for rebuild, on the first night. Default: e5-small.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do it all in a copy, and keep nothing of it.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a report in Markdown and HTML.")
    ] = None,
    metrics: Annotated[
        Path | None, typer.Option(help="File for Prometheus's textfile collector.")
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(help="Address to which the outcome is posted as JSON.")
    ] = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take in what is new, embed, index, cluster and publish, in one run that can be repeated.

    Exit code 3 says that some inputs were rejected, 5 that the stories were held back
    because the clustering looked unsteady.
    """
    if webhook is not None:
        from engine.serving.webhook import check_address

        check_address(webhook)
    from engine.pipeline.intake import Intake

    intake = Intake(
        renamed=renamed(map_), fetch=fetch, allow_private=allow_private, workers=processors()
    )
    spec = None if encoder is None else EncoderSpec(encoder)
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        done = base.nightly(
            paths or (),
            stdin=sys.stdin.buffer,
            intake=intake,
            spec=spec,
            window=span(window),
            keep=keep,
            dry_run=dry_run,
        )
        if not dry_run:
            _write(base, done, report, metrics)
    if webhook is not None and not dry_run:
        from engine.serving.webhook import post

        if problem := post(webhook, asdict(done)):
            note(f"webhook: {problem}")
    if json_:
        print_json(asdict(done))
    else:
        print_text(summary(done))
    tell_rejects(done.ingested)
    if done.outcome == "held":
        raise typer.Exit(HELD)
    if done.ingested.rejected:
        raise typer.Exit(SOME_REJECTED)


def _write(base: Base, done: NightlyReport, report: Path | None, metrics: Path | None) -> None:
    """Write the report and the metrics that were asked for."""
    if report is not None:
        from engine.serving.report import write_report

        for path in write_report(base.briefing(done), report):
            note(f"report: {path}")
    if metrics is not None:
        from engine.serving.metrics import write_metrics

        write_metrics(done, metrics, at=datetime.now(UTC))


def replay(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Dated articles; files or folders.")
    ],
    *,
    step: Annotated[str, typer.Option(help="Time between two nights.")] = "1d",
    window: Window = "14d",
    encoder: Annotated[str | None, typer.Option(help="As for rebuild. Default: e5-small.")] = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take articles in night by night by their dates, elsewhere, to see how steady stories are.

    Embeddings are kept under INDEXES/replays for the next replay.
    """
    spec = None if encoder is None else EncoderSpec(encoder)
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        found = base.replay(paths, step=span(step), window=span(window), spec=spec)
    if json_:
        print_json(found)
        return
    nights = found.pop("nights")
    columns = ("until", "articles", "stories", "ids kept", "changed story", "B3 F1", "outcome")
    print_table(
        columns,
        (
            (
                str(night["until"])[:10],
                night["n_articles"],
                night["n_stories"],
                *(_share(night[name]) for name in ("ids_kept", "churn", "bcubed_f1")),
                night["outcome"],
            )
            for night in nights
        ),
    )
    for name, value in found.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        print_text(f"{name.replace('_', ' ')}: {shown}")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


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
    if report.outcome == "unchanged":
        return "\n".join([*lines, _seconds(report)])
    if "migrated_from" in facts:
        from engine.serving.wording import continuity

        lines.append(continuity(facts))
    if events := facts.get("events"):
        lines.append("stories: " + ", ".join(f"{n} {kind}" for kind, n in events.items()))
    if "agreement" in facts:
        lines.append(
            f"steadiness: halves agree {facts['agreement']:.2f}, {facts['churn']:.1%} of the "
            f"articles changed story, {facts['fragmentation']:.1%} of the stories split, "
            f"{facts['singletons']:.1%} of the articles in no story"
        )
    return "\n".join([*lines, _seconds(report)])


def _seconds(report: NightlyReport) -> str:
    return "seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in report.seconds.items())
