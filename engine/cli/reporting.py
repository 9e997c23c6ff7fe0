"""What is told of a night: report, metrics, webhook, mail; and the command that tells it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes
from engine.cli.output import note, print_text
from engine.cli.watches import ways_of
from engine.errors import EngineError, StorageError

if TYPE_CHECKING:
    from engine.facade import Base
    from engine.jobs.nights.nightly import NightlyReport
    from engine.reports.briefing import Briefing

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


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(report)


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
    """Report a run again, as far as the ledger tells.

    Its stories are told as they are now.
    """
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


class Messages:
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
        """Post and mail what the night did; what fails is noted."""
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


def write_told(
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
