"""Commands that do the night's work, and rehearse many nights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.corpus import SOME_REJECTED, UNWRITTEN, tell_unread
from engine.cli.options import (
    DEFAULT_INDEXES,
    AllowPrivate,
    Fetch,
    Granularity,
    Indexes,
    Json,
    Map,
    On,
    Secret,
    Smtp,
    Wait,
    Workers,
    log_odds,
    processors,
    renamed,
    span,
)
from engine.cli.output import note, print_json, print_table, print_text, progress_bars
from engine.cli.reporting import Covered, Differences, Messages, Summaries, write_told
from engine.domain import EncoderSpec

if TYPE_CHECKING:
    from engine.jobs.nights.nightly import NightlyReport

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
    granularity: Granularity = None,
    keep: Annotated[int, typer.Option(min=1, help="Generations to keep.")] = 7,
    encoder: Annotated[
        str | None, typer.Option(help="As for rebuild, on the first night. Default: e5-small.")
    ] = None,
    breaking: Annotated[
        bool, typer.Option(help="Look for stories that grow faster than those of the base do.")
    ] = True,
    check_vectors: Annotated[
        bool, typer.Option(help="Hold the night where vectors do not say what texts do.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do it all in a copy, and keep nothing of it.")
    ] = False,
    matters: Annotated[
        bool, typer.Option(help="Link stories into long matters; 'engine matters' shows them.")
    ] = True,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a report in Markdown and HTML.")
    ] = None,
    coverage: Covered = True,
    summaries: Summaries = True,
    differences: Differences = True,
    metrics: Annotated[
        Path | None, typer.Option(help="File for Prometheus's textfile collector.")
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(help="Address to which the outcome and its stories are posted as JSON."),
    ] = None,
    secret: Secret = "",
    to: Annotated[
        list[str] | None,
        typer.Option(help="Mail address to which the report is sent; may be repeated."),
    ] = None,
    smtp: Smtp = "smtp://localhost",
    watches: Annotated[
        bool, typer.Option("--watches/--no-watches", help="Tell the watches what is new to them.")
    ] = True,
    on: On = "local",
    workers: Workers = None,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take in what is new, cluster it and publish, in one run.

    It embeds and indexes what it took in, and can be repeated. Exit code 3 says that some inputs
    were rejected, 5 that the stories were held back because the clustering looked unsteady, 6 that
    all is published but the report, the metrics or the log could not be written.
    """
    from engine.jobs.storing.intake import Intake
    from engine.reports.briefing import Sections

    messages = Messages(webhook, secret, to or (), smtp)
    sections = Sections(coverage=coverage, differences=differences, summaries=summaries)
    setting = None if granularity is None else log_odds(granularity)
    n_workers = workers or processors()
    intake = Intake(
        renamed=renamed(map_), fetch=fetch, allow_private=allow_private, workers=n_workers
    )
    spec = None if encoder is None else EncoderSpec(encoder)
    with ExitStack() as opened:
        progress = opened.enter_context(progress_bars())
        base = opened.enter_context(
            engine.open(indexes, wait=wait, progress=progress, on=on, workers=n_workers)
        )
        if dry_run:
            base = opened.enter_context(base.rehearsal())
        done = base.nightly(
            paths or (),
            stdin=sys.stdin.buffer,
            intake=intake,
            spec=spec,
            window=span(window, "--window"),
            keep=keep,
            granularity=setting,
            matters=matters,
            breaking=breaking,
            check_vectors=check_vectors,
        )
        if watches and not dry_run:
            messages.tell_watches(base)
        briefing = base.briefing(done, sections) if report or to else None
        unwritten = write_told(done, briefing, report, None if dry_run else metrics)
        if not dry_run:
            messages.send(base, done, briefing)
    if json_:
        print_json(done.to_dict())
    else:
        print_text(summary(done))
    tell_unread(done.ingested)
    for problem in unwritten:
        note(f"the night is done, but {problem}")
    raise typer.Exit(_exit_code(done, unwritten))


def _exit_code(done: NightlyReport, unwritten: Sequence[str]) -> int:
    if done.outcome == "held":
        return HELD
    if unwritten:
        return UNWRITTEN
    return SOME_REJECTED if done.ingested.rejected else 0


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
    """Take articles in night by night, apart from the base.

    By their dates, to see how steady stories are. Embeddings are kept under INDEXES/replays for the
    next replay.
    """
    spec = None if encoder is None else EncoderSpec(encoder)
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        found = base.replay(
            paths, step=span(step, "--step"), window=span(window, "--window"), spec=spec
        )
    if json_:
        print_json(found.to_dict())
        return
    totals = found.to_dict()
    nights = totals.pop("nights")
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
    for name, value in totals.items():
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
    if facts.migrated_from is not None:
        from engine.reports.wording import continuity

        lines.append(continuity(facts))
    if facts.events:
        lines.append("stories: " + ", ".join(f"{n} {kind}" for kind, n in facts.events.items()))
    if facts.alerts:
        lines.append(f"breaking: {', '.join(alert.story for alert in facts.alerts)}")
    if facts.granularity is not None:
        from engine.same_event.granularity import in_words

        lines.append(f"granularity: {in_words(facts.granularity)}")
    if facts.shared is not None:
        from engine.reports.wording import of_vectors, steadiness

        lines += [f"steadiness: {steadiness(facts)}", f"vectors: {of_vectors(facts)}"]
    return "\n".join([*lines, _seconds(report)])


def _seconds(report: NightlyReport) -> str:
    return "seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in report.seconds.items())
