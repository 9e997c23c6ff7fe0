"""Commands that do the night's work, and rehearse many nights."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.corpus import SOME_REJECTED, UNWRITTEN, tell_rejects
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
from engine.cli.watches import ways_of
from engine.domain import EncoderSpec
from engine.errors import EngineError, StorageError

if TYPE_CHECKING:
    from engine.facade import Base
    from engine.jobs.nights.nightly import NightlyReport
    from engine.reports.briefing import Briefing

Window = Annotated[
    str, typer.Option(help="Stories change within this span before the latest article.")
]

Summaries = Annotated[
    bool, typer.Option(help="Tell each story of the report in sentences of its articles.")
]

Covered = Annotated[
    bool,
    typer.Option(
        "--coverage/--no-coverage", help="Say in the report who led and who lagged of late."
    ),
]

Differences = Annotated[
    bool,
    typer.Option(
        "--differences/--no-differences",
        help="Say in the report what outlets state differently.",
    ),
]

HELD = 5
"""Exit code of a night whose stories were not published."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(nightly)
    app.command()(replay)
    app.command()(report)


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
    """Take in what is new, embed, index, cluster and publish, in one run that can be repeated.

    Exit code 3 says that some inputs were rejected, 5 that the stories were held back
    because the clustering looked unsteady, 6 that all is published but the report, the
    metrics or the log could not be written.
    """
    from engine.jobs.storing.intake import Intake
    from engine.reports.briefing import Sections

    messages = _Messages(webhook, secret, to or (), smtp)
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
            window=span(window),
            keep=keep,
            granularity=setting,
            matters=matters,
            breaking=breaking,
        )
        if watches and not dry_run:
            messages.tell_watches(base)
        briefing = base.briefing(done, sections) if report or to else None
        unwritten = _write(done, briefing, report, None if dry_run else metrics)
        if not dry_run:
            messages.send(base, done, briefing)
    if json_:
        print_json(done.to_dict())
    else:
        print_text(summary(done))
    tell_rejects(done.ingested)
    for problem in unwritten:
        note(f"the night is done, but {problem}")
    raise typer.Exit(_exit_code(done, unwritten))


def _exit_code(done: NightlyReport, unwritten: Sequence[str]) -> int:
    if done.outcome == "held":
        return HELD
    if unwritten:
        return UNWRITTEN
    return SOME_REJECTED if done.ingested.rejected else 0


class _Messages:
    """What is sent after a night; addresses are checked before it."""

    def __init__(self, webhook: str | None, secret: str, to: Sequence[str], smtp: str) -> None:
        self._webhook, self._secret, self._to, self._smtp = webhook, secret, to, smtp
        if webhook is not None:
            from engine.reports.webhook import check_address

            check_address(webhook)
        if to:
            from engine.reports.mail import mail_address, mail_server

            self._server = mail_server(smtp)
            for address in to:
                mail_address(address)

    def tell_watches(self, base: Base) -> None:
        """Tell the watches what is new; what fails is noted, and told the next night."""
        try:
            if not base.watches():
                return
            problems = base.tell_watches(ways_of(base, self._smtp, self._secret)).problems
        except EngineError as error:
            problems = (f"not all watches were told: {error}",)
        for problem in problems:
            note(problem)

    def send(self, base: Base, done: NightlyReport, briefing: Briefing | None) -> None:
        if self._webhook is not None:
            from engine.reports.webhook import log_delivery, post

            told = done.to_dict() | {"news": base.news(done).to_dict()}
            delivery = post(self._webhook, told, secret=self._secret)
            unlogged = log_delivery(base.layout.webhook_log, delivery, at=datetime.now(UTC))
            if delivery.problem:
                note(f"webhook: {delivery.host} did not take the report: {delivery.problem}")
            if unlogged:
                note(f"webhook: {unlogged}")
        if self._to and briefing is not None:
            from engine.reports.mail import send_report

            if problem := send_report(briefing, self._to, self._server):
                note(f"mail: {problem}")


def _write(
    done: NightlyReport, briefing: Briefing | None, folder: Path | None, metrics: Path | None
) -> list[str]:
    """Write the report and the metrics; return what could not be written, one sentence each."""
    from engine.reports.html import write_report
    from engine.reports.prometheus import write_metrics

    problems = list(done.undone)
    if folder is not None and briefing is not None:
        try:
            for path in write_report(briefing, folder):
                note(f"report: {path}")
        except StorageError as error:
            problems.append(str(error))
    if metrics is not None:
        try:
            write_metrics(done, metrics, at=datetime.now(UTC))
        except StorageError as error:
            problems.append(str(error))
    return problems


def report(
    run: Annotated[
        int | None, typer.Argument(min=1, help="Number of the run. Default: the one that is live.")
    ] = None,
    *,
    to: Annotated[
        Path | None,
        typer.Option(help="Folder for Markdown and HTML. Default: Markdown on standard output."),
    ] = None,
    coverage: Covered = True,
    summaries: Summaries = True,
    differences: Differences = True,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Report a run again, as far as the ledger tells; its stories are told as they are now."""
    from engine.reports.briefing import Sections
    from engine.reports.html import markdown, write_report

    sections = Sections(coverage=coverage, differences=differences, summaries=summaries)
    with engine.open(indexes) as base:
        briefing = (
            base.briefing(sections=sections) if run is None else base.briefing_of(run, sections)
        )
    if to is None:
        print_text(markdown(briefing))
        return
    for path in write_report(briefing, to):
        note(f"report: {path}")


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
    if facts.chained is not None:
        lines.append(
            f"steadiness: halves agree {facts.agreement:.2f}, {facts.churn:.1%} of the "
            f"articles changed story and {facts.merged:.1%} went with their whole story, "
            f"{facts.fragmentation:.1%} of the stories split, {facts.chained:.1%} of the "
            f"articles of the largest in chains, {facts.singletons:.1%} of all in no story"
        )
    return "\n".join([*lines, _seconds(report)])


def _seconds(report: NightlyReport) -> str:
    return "seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in report.seconds.items())
