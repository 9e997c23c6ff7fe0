"""The command that shows what cleaning cuts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

import engine
from engine.cli.corpus import SOME_REJECTED, tell_reject
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, Map, Wait, renamed
from engine.cli.output import note, print_json, print_text, progress_bars
from engine.domain import Reject

if TYPE_CHECKING:
    from engine.jobs.storing.clean import CleanedArticle


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
    cut: Annotated[
        bool,
        typer.Option("--cut", help="With --source: cut these lines, in the store and from now on."),
    ] = False,
    spare: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE", help="With --source: leave this line out; repeatable."),
    ] = None,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="With --source: put back every line that was cut so."),
    ] = False,
    map_: Map = None,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Show what cleaning cuts from articles, and by which rule.

    As a diff; nothing is stored. With --source: show the lines that an outlet repeats, and cut them
    if asked for.
    """
    from engine.jobs.storing.intake import Intake

    if bool(paths) == (source is not None):
        raise typer.BadParameter("expected files, or --source and no files")
    if (source is None and (cut or restore or spare)) or (cut and restore):
        raise typer.BadParameter("expected --cut or --restore, with --source")
    with progress_bars() as progress, engine.open(indexes, wait=wait, progress=progress) as base:
        if source is not None:
            if restore:
                _tell_changed(base.restore_lines(source))
            lines = [line for line in base.repeated(source) if line not in (spare or ())]
            _print_lines(lines, json_=json_)
            if cut:
                _tell_changed(base.cut_lines(source, lines))
            return
        intake = Intake(renamed=renamed(map_))
        found = base.clean(paths or (), stdin=sys.stdin.buffer, intake=intake)
        n_rejected = _print_cleaned(found, json_=json_)
    if n_rejected:
        raise typer.Exit(SOME_REJECTED)


def _print_cleaned(found: Iterable[CleanedArticle | Reject], *, json_: bool) -> int:
    """Print what was cut from each article; return the number of rejects."""
    n_rejected = 0
    for item in found:
        if isinstance(item, Reject):
            n_rejected += 1
            tell_reject(item)
        elif json_:
            print_json(_plain(item))
        else:
            print_text("\n".join(_diff(item)))
    return n_rejected


def _print_lines(lines: Iterable[str], *, json_: bool) -> None:
    for line in lines:
        print_json({"line": line}) if json_ else print_text(line)


def _tell_changed(n_articles: int) -> None:
    note(f"{n_articles} articles changed; 'engine rebuild' or the next night embeds them anew")


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
