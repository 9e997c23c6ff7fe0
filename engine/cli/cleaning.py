"""The command that shows what cleaning cuts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

import engine
from engine.cli.corpus import SOME_REJECTED, tell_reject
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, Map, renamed
from engine.cli.output import print_json, print_text, progress_bars
from engine.domain import Reject

if TYPE_CHECKING:
    from engine.pipeline.clean import CleanedArticle


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(clean)


def clean(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="As for ingest; - is standard input."),
    ] = None,
    *,
    source: Annotated[
        str | None,
        typer.Option(help="Instead: the lines that this outlet repeats in its stored articles."),
    ] = None,
    map_: Map = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Show what cleaning cuts from articles and by which rule, as a diff; nothing is stored."""
    from engine.pipeline.intake import Intake

    if bool(paths) == (source is not None):
        raise typer.BadParameter("expected files, or --source and no files")
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        if source is not None:
            for line in base.repeated(source):
                print_json({"line": line}) if json_ else print_text(line)
            return
        intake = Intake(renamed=renamed(map_))
        n_rejected = 0
        for found in base.clean(paths or (), stdin=sys.stdin.buffer, intake=intake):
            if isinstance(found, Reject):
                n_rejected += 1
                tell_reject(found)
            elif json_:
                print_json(_plain(found))
            else:
                print_text("\n".join(_diff(found)))
    if n_rejected:
        raise typer.Exit(SOME_REJECTED)


def _plain(found: CleanedArticle) -> dict[str, Any]:
    return {
        "id": found.article.id,
        "title": found.article.title,
        "text": found.cleaned.text,
        "cuts": [asdict(cut) for cut in found.cleaned.cuts],
    }


def _diff(found: CleanedArticle) -> Iterator[str]:
    """Yield the lines of a diff; the rule stands behind what it cut."""
    yield f"=== {found.article.id}: {found.article.title}"
    for sign, line, rule in found.cleaned.diff():
        yield f"{sign} {line}" + (f"  [{rule}]" if sign == "-" else "")
