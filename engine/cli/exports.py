"""Commands that write files for others: tables, the graph of articles, a map, one story."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import engine
from engine.cli.options import (
    DEFAULT_INDEXES,
    Indexes,
    Json,
    Languages,
    Since,
    Sources,
    Until,
    article_filter,
)
from engine.cli.output import note, print_json


class Table(StrEnum):
    """The tables there are; the names are those of `engine.jobs.telling.tables`."""

    articles = "articles"
    stories = "stories"
    memberships = "memberships"
    neighbours = "neighbours"


def add_to(app: typer.Typer) -> None:
    """Register the commands but `story`, which stands among those of stories."""
    for command in (table, graph, map_):
        app.command(command.__name__.rstrip("_"))(command)


def table(
    what: Annotated[Table, typer.Argument(help="What each row is.")],
    file: Annotated[
        Path,
        typer.Argument(help="The file to write; it ends in .csv, .jsonl, .parquet or .arrow."),
    ],
    *,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Add the vector of each article; not to .csv.")
    ] = False,
    k: Annotated[int, typer.Option("-k", min=1, help="Neighbours of each article.")] = 10,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Write articles, stories, memberships or neighbours as a table."""
    with engine.open(indexes) as base:
        n_rows = base.write_table(file, what.value, vectors=vectors, k=k)
    if json_:
        print_json({"file": str(file), "n_rows": n_rows})
    note(f"{file}: {n_rows} rows")


def graph(
    file: Annotated[Path, typer.Argument(help="The file to write, as articles.graphml.")],
    *,
    k: Annotated[int, typer.Option("-k", min=1, help="Neighbours of each article.")] = 10,
    since: Since = None,
    until: Until = None,
    language: Languages = None,
    source: Sources = None,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Write articles and what is nearest to each as a graph.

    In GraphML, for Gephi and the like.
    """
    with engine.open(indexes) as base:
        base.write_graph(file, article_filter(since, until, language, source), k)
    note(f"{file}: written")


def map_(
    file: Annotated[Path, typer.Argument(help="The page to write, as map.html.")],
    *,
    since: Since = None,
    until: Until = None,
    language: Languages = None,
    source: Sources = None,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Draw articles by meaning on one page, with stories in colours.

    At most the latest 5,000.
    """
    with engine.open(indexes) as base:
        base.write_map(file, article_filter(since, until, language, source))
    note(f"{file}: written")


def story(
    id: Annotated[str, typer.Argument(help="Id of the story.")],  # noqa: A002 - the argument's name
    file: Annotated[
        Path,
        typer.Argument(
            help="The file to write: .html is a page that prints; .ris and .bib are its articles "
            "as citations."
        ),
    ],
    *,
    summary: Annotated[
        bool, typer.Option(help="Begin the page with the sentences that stand for the story.")
    ] = True,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Write one story to a file."""
    with engine.open(indexes) as base:
        base.write_story(file, id, summary=summary)
    note(f"{file}: written")
