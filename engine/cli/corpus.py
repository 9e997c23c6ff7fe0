"""Commands that fill a base and take articles out of it: ingest, rebuild and forget."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import (
    DEFAULT_INDEXES,
    AllowPrivate,
    Fetch,
    Indexes,
    Json,
    Map,
    On,
    Wait,
    Workers,
    finite,
    moment,
    processors,
    renamed,
)
from engine.cli.output import note, print_json, progress_bars
from engine.domain import EncoderSpec, Reject

if TYPE_CHECKING:
    from engine.jobs.storing.ingest import IngestReport

SOME_REJECTED = 3
"""Exit code of an ingest that left inputs out."""

UNWRITTEN = 6
"""Exit code of what was stored and published, while a report, metrics or a log was not written."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(ingest)
    app.command()(rebuild)
    app.command()(forget)


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files, folders, globs, or web addresses; - is standard input. "
            "With --query, one database.",
        ),
    ],
    *,
    map_: Map = None,
    fetch: Fetch = False,
    allow_private: AllowPrivate = False,
    query: Annotated[
        str | None,
        typer.Option(help="A SELECT for a SQLite file or a database's address."),
    ] = None,
    workers: Workers = None,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Read articles, clean them and store them.

    Inputs that cannot be read are logged.
    """
    from engine.jobs.storing.intake import Intake

    intake = Intake(
        renamed=renamed(map_),
        fetch=fetch,
        allow_private=allow_private,
        query=query,
        workers=workers or processors(),
    )
    with progress_bars() as progress, engine.open(indexes, wait=wait, progress=progress) as base:
        report = base.ingest(paths, stdin=sys.stdin.buffer, intake=intake)
    if json_:
        print_json(report.to_dict())
    tell_unread(report)
    note(
        f"{report.added} articles added, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.rejected} rejected"
    )
    if report.unlogged:
        note(f"the articles are stored, but the log of rejects is not whole: {report.unlogged}")
        raise typer.Exit(UNWRITTEN)
    if report.rejected:
        raise typer.Exit(SOME_REJECTED)


def tell_unread(report: IngestReport) -> None:
    """Print the first inputs without articles and with bad ones, and where all the latter are."""
    for empty in report.empties:
        note(f"nothing to read in {empty.place}: {empty.reason}")
    if report.empty > len(report.empties):
        note(f"nothing to read in {report.empty} inputs, of which these are the first")
    for reject in report.rejects:
        tell_reject(reject)
    if report.rejected and not report.unlogged:
        listed = f"all {report.rejected} rejects are" if report.rejected > 1 else "the reject is"
        note(f"{listed} in {report.log}")


def tell_reject(reject: Reject) -> None:
    """Print one input that could not become an article on standard error."""
    note(f"rejected {reject.place}: {reject.reason}")


def rebuild(
    *,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="e5-small (built in), static (hundreds of times as fast, less exact), hashing, "
            "or the name or folder of a sentence-transformers model. Default: the one in use, at "
            "first e5-small."
        ),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Text put before every input of the encoder.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=8, help="Longest input of the encoder in tokens.")
    ] = None,
    precision: Annotated[
        str,
        typer.Option(
            help="float32, float16, bfloat16, int8, or auto: what the base has, at first the "
            "fastest here."
        ),
    ] = "auto",
    recall: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1.0,
            callback=finite,
            help="Share of the true neighbours that the index of a large base must find; "
            "the search effort follows. Default: the one in use, at first 0.95.",
        ),
    ] = None,
    mend: Annotated[
        bool,
        typer.Option(
            "--mend",
            help="First make again what 'engine verify --full' found altered and can be: cached "
            "vectors, the word index, the sums of the ledger.",
        ),
    ] = False,
    centring_of: Annotated[
        Path | None,
        typer.Option(
            metavar="BASE",
            help="From now on centre languages as this base does, so that the cosines of both "
            "compare: for bases that are searched together (engine serve --shard).",
        ),
    ] = None,
    on: On = "local",
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Embed what is new, build the index and publish a generation."""
    if encoder is None and (prompt, max_tokens, precision) != (None, None, "auto"):
        raise typer.BadParameter("--prompt, --max-tokens and --precision need --encoder")
    spec = None if encoder is None else EncoderSpec(encoder, prompt, max_tokens, precision)
    with (
        progress_bars() as progress,
        engine.open(indexes, wait=wait, progress=progress, on=on) as base,
    ):
        report = base.rebuild(spec=spec, recall=recall, mend=mend, centring_of=centring_of)
    if json_:
        print_json(report.to_dict())
    if report.n_cleaned:
        note(f"{report.n_cleaned} articles changed as they were cleaned again")
    if report.n_damaged:
        note(f"{report.n_damaged} cached vectors were altered on the disk and are encoded again")
    note(
        f"published {report.generation}: {report.n_articles} articles, "
        f"{report.n_embedded} newly embedded, {report.index_kind} index, "
        f"recall {report.recall:.3g}, {report.seconds:.1f} s"
    )
    if report.not_int8:
        note(
            f"the model runs in {report.precision} and not in int8, which is faster: "
            f"{report.not_int8}"
        )
    if report.encoder_before:
        note(
            f"the encoder was {report.encoder_before}; stories keep their ids, and the next "
            "'engine nightly' or 'engine cluster' says how many articles stayed in theirs"
        )


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
    """Delete articles for good and print a certificate.

    They go from store, index, stories and every generation. They do not come back with a later
    feed. Copies outside the base, such as the feeds themselves, reports and backups, are not
    touched.
    """
    from engine.jobs.clustering.forget import Selection

    selection = Selection(
        ids=tuple(articles or ()),
        source=source,
        before=moment(before, "--before"),
    )
    with progress_bars() as progress, engine.open(indexes, wait=wait, progress=progress) as base:
        print_json(base.forget(selection).to_dict())
