"""Commands over watches: saved queries that are told what is new to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import (
    DEFAULT_INDEXES,
    Indexes,
    Json,
    Languages,
    Secret,
    Smtp,
    Sources,
    Wait,
)
from engine.cli.output import note, print_json, print_lines, print_table, print_text

if TYPE_CHECKING:
    from engine.facade import Base
    from engine.jobs.lookup.watches import Watch
    from engine.reports.telling import Ways
    from engine.reports.watch_news import WatchNews

Name = Annotated[str, typer.Argument(help="Name of the watch.")]

shelf = typer.Typer(
    no_args_is_help=True, help="Saved queries that are told each night what is new to them."
)

UNSENT = 1
"""Exit code where something could not be sent."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(shelf, name="watches")


@shelf.command()
def add(
    name: Name,
    *,
    text: Annotated[str, typer.Option(help="What to watch for, in any language.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="A file with one article, of which to watch the text.")
    ] = None,
    story: Annotated[str, typer.Option(help="Id of a story to follow.")] = "",
    article: Annotated[
        list[str] | None,
        typer.Option(help="Id of an article such as those wanted; may be repeated."),
    ] = None,
    language: Languages = None,
    source: Sources = None,
    mail: Annotated[
        list[str] | None, typer.Option(help="Address to mail to; may be repeated.")
    ] = None,
    webhook: Annotated[str, typer.Option(help="Address to post to as JSON.")] = "",
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Save a query, which is told what comes in from now on."""
    if sum(map(bool, (text, file, story, article))) != 1:
        raise typer.BadParameter("give exactly one of --text, --file, --story and --article")
    from engine.domain import embedding_text
    from engine.jobs.lookup.watches import Watch

    with engine.open(indexes, wait=wait, many_questions=False) as base:
        if file is not None:
            asked = base.query(file=file).article
            text = embedding_text(asked.title, asked.body)
        kept = base.add_watch(
            Watch(
                name,
                text=text,
                story=story,
                articles=tuple(article or ()),
                languages=tuple(language or ()),
                sources=tuple(source or ()),
            ),
            mail=mail or (),
            webhook=webhook,
        )
    if json_:
        print_json(kept.to_dict())
    else:
        print_text(f"{kept.name} watches {_query(kept)}")


@shelf.command("list")
def list_watches(*, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print the watches."""
    with engine.open(indexes) as base:
        found = base.watches()
    if json_:
        print_lines(watch.to_dict() for watch in found)
        return
    if not found:
        print_text("there are no watches; 'engine watches add' adds one")
        return
    print_table(
        ("name", "watches", "only", "told by"),
        (
            (
                watch.name,
                _query(watch),
                ", ".join((*watch.languages, *watch.sources)),
                ", ".join(("feed", *watch.ways)),
            )
            for watch in found
        ),
    )


@shelf.command()
def show(name: Name, *, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print what a watch was told lately, the latest first."""
    with engine.open(indexes) as base:
        found = base.watched(name)
    if json_:
        print_json(found.to_dict())
        return
    print_text(f"{found.watch.name} watches {_query(found.watch)}")
    _print_news([found])


@shelf.command()
def remove(name: Name, *, wait: Wait = 0.0, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Forget a watch and what it was told."""
    with engine.open(indexes, wait=wait) as base:
        base.remove_watch(name)


@shelf.command()
def check(
    name: Annotated[
        str | None, typer.Argument(help="Name of the watch. Default: all of them.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what is new, and tell nobody.")
    ] = False,
    secret: Secret = "",
    smtp: Smtp = "smtp://localhost",
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Tell watches now what is new to them.

    What could not be sent before is sent again. Exit code 1 says that something could not be sent;
    it is sent the next time.
    """
    problems: Sequence[str] = ()
    with engine.open(indexes, wait=wait) as base:
        ways = ways_of(base, smtp, secret)
        if dry_run:
            found = [news for news in base.new_to_watches(name) if news.entries]
        else:
            told = base.tell_watches(ways, name=name)
            found, problems = list(told.news), told.problems
    if json_:
        print_lines(news.to_dict() for news in found)
    elif found:
        _print_news(found)
    else:
        print_text("nothing is new")
    for problem in problems:
        note(problem)
    if problems:
        raise typer.Exit(UNSENT)


def ways_of(base: Base, smtp: str, secret: str) -> Ways:
    """Return how watches are sent from the command line."""
    from engine.reports.mail import mail_server
    from engine.reports.telling import senders

    return senders(base.layout, mail_server(smtp), secret, base.setup.now)


def _query(watch: Watch) -> str:
    """Return what is watched, on one line."""
    if watch.story:
        return f"story {watch.story}"
    if watch.articles:
        return f"articles such as {', '.join(watch.articles)}"
    return " ".join(watch.text.split())


def _print_news(found: Sequence[WatchNews]) -> None:
    print_table(("watch", "run", "new", "story", "headline"), _rows(found))


def _rows(found: Sequence[WatchNews]) -> Iterator[Sequence[object]]:
    for news in found:
        for entry in news.entries:
            story = "" if entry.story is None else entry.story.id
            yield news.watch.name, entry.run, len(entry.articles), story, entry.headline
