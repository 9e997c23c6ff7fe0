"""Commands that teach a base what is one event: label and calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, Wait
from engine.cli.output import note, print_json, print_text

if TYPE_CHECKING:
    from engine.domain import Article
    from engine.jobs.clustering.calibrate import CalibrationReport

SHOWN_CHARACTERS = 400
"""Start of an article that a person is shown to judge it by."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(label)
    app.command()(calibrate)


def label(
    *,
    n_pairs: Annotated[
        int, typer.Option("-n", min=1, max=1000, help="Pairs to ask about at most.")
    ] = 20,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Ask whether pairs of articles report one event.

    The most informative pairs come first. Answers are kept at once in INDEXES/labels.jsonl, which
    calibrate reads. A pair that was answered, here or by a correction, is not asked again.
    """
    from engine.jobs.lookup.answers import PairLabel

    n_answered = 0
    with engine.open(indexes) as base:
        for first, second in base.doubtful(n_pairs):
            _show(first)
            _show(second)
            answer = typer.prompt("One event? [y]es, [n]o, [s]kip, [q]uit", err=True).strip()
            if answer[:1].lower() == "q":
                break
            if answer[:1].lower() not in {"y", "n"}:
                continue
            base.answer(PairLabel(first.id, second.id, answer[:1].lower() == "y"))
            n_answered += 1
    kept = base.layout.answers
    note(f"{n_answered} answers added to {kept}; learn from them by 'engine calibrate'")


def calibrate(
    pairs: Annotated[
        Path | None,
        typer.Argument(
            help="JSON lines with the ids 'a' and 'b' and 'same_event'. "
            "Default: the answers given to label, and the corrections."
        ),
    ] = None,
    *,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Learn from labelled pairs what this base calls one event.

    That is a pair model of its own, and how coarse stories are to be. The next clustering uses
    both. Few pairs teach only how coarse.
    """
    from engine.jobs.lookup.answers import read_labels

    with engine.open(indexes, wait=wait) as base:
        report = base.calibrate(None if pairs is None else read_labels(pairs))
    if json_:
        print_json(_values(report))
    else:
        _print(report)


def _values(report: CalibrationReport) -> dict[str, Any]:
    names = ("n_pairs", "n_same", "n_unknown", "granularity_before", "granularity")
    scores = {
        name: found and {"brier": round(found.brier, 4), "error": round(found.error, 4)}
        for name, found in (("before", report.before), ("after", report.after))
    }
    return {name: getattr(report, name) for name in names} | scores


def _print(report: CalibrationReport) -> None:
    from engine.same_event.granularity import in_words

    print_text(
        f"learned from {report.n_pairs} pairs, {report.n_same} of one event; "
        f"{report.n_unknown} name articles that are not indexed"
    )
    for name, found in (("before", report.before), ("after", report.after)):
        if found is not None:
            error = f"calibration error {found.error:.4f}"
            print_text(f"{name}: Brier score {found.brier:.4f}, {error}")
    if report.after is None:
        print_text("too few of one event, or too few others, to learn a pair model: it stays")
    now, before = in_words(report.granularity), in_words(report.granularity_before)
    print_text(f"granularity: {now}, before {before}; 'engine cluster' takes it")


def _show(article: Article) -> None:
    from engine.words.headlines import headline_of
    from engine.words.moments import minute

    name = headline_of(article)
    print_text(f"\n{name}\n  {article.source}, {article.language}, {minute(article.published)}")
    print_text(f"  {article.body[:SHOWN_CHARACTERS]}")
