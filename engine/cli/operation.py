"""Commands that operate a base, from status and outlets to export and import."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, Wait
from engine.cli.output import note, print_json, print_lines, print_table, print_text
from engine.errors import InputError

GENERATION_COLUMNS = ("generation", "hours old", "articles", "stories", "bytes", "")

STDOUT = "-"
"""What stands for standard output among files."""

UNSOUND = 1
"""Exit code of a verification that found something wrong."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (status, sources, owners, verify, rollback, prune, export):
        app.command()(command)
    app.command("import")(import_)


def status(*, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print what the base holds, and what is not embedded yet."""
    with engine.open(indexes) as base:
        found = base.status().to_dict()
    if json_:
        print_json(found)
        return
    generations = found.pop("generations")
    print_table(("", "value"), ((name.replace("_", " "), _plain(v)) for name, v in found.items()))
    if generations:
        print_table(GENERATION_COLUMNS, (_generation(each) for each in generations))


def sources(*, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print the outlets and how many articles each has, most first."""
    with engine.open(indexes) as base:
        found = base.sources()
    if json_:
        print_lines({"source": name, "n_articles": count} for name, count in found.items())
    else:
        print_table(("articles", "source"), ((n, name or "(none)") for name, n in found.items()))


def owners(
    table: Annotated[
        Path | None,
        typer.Argument(help="Lines of an owner, a tab and its outlets; - is standard input."),
    ] = None,
    *,
    likely: Annotated[
        bool, typer.Option("--likely", help="Print outlets that print each other's texts.")
    ] = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print who owns the outlets, or keep a table of it.

    TABLE is what the base knows besides what is shipped. What is printed is such a table.
    """
    with engine.open(indexes) as base:
        if table is not None:
            base.keep_owners(*_table(table))
            return
        found = base.learn_owners() if likely else base.owners()
    for outlet, owner in found.items():
        print_text(f"{owner}\t{outlet}")


def _table(path: Path) -> tuple[str, str]:
    """Return the text of a table and its name."""
    if str(path) == "-":
        return sys.stdin.read(), "standard input"
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a table of owners: {error}") from error


def verify(
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Read every article, vector and word, not a sample.")
    ] = False,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print what was altered or is missing.

    Exit code 1 says that something is.
    """
    with engine.open(indexes) as base:
        problems = base.verify(full=full)
    tell_problems(problems, json_=json_)


def tell_problems(problems: Sequence[str], *, json_: bool) -> None:
    """Print what a verification found, and exit with code 1 if that is anything."""
    if json_:
        print_json({"sound": not problems, "problems": problems})
    else:
        for problem in problems:
            print_text(problem)
        print_text(f"{len(problems)} problems" if problems else "everything is sound")
    if problems:
        raise typer.Exit(UNSOUND)


def rollback(
    generation: Annotated[
        str | None, typer.Argument(help="Name of the generation. Default: the one before.")
    ] = None,
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Make an earlier generation live again."""
    with engine.open(indexes, wait=wait) as base:
        note(f"live: {base.rollback(generation)}")


def prune(
    *,
    keep: Annotated[int, typer.Option(min=1, help="Newest generations to keep.")] = 3,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Delete old generations.

    The live one and its parent always stay.
    """
    with engine.open(indexes, wait=wait) as base:
        gone = base.prune(keep=keep)
    note(f"{len(gone)} generations deleted" + (f": {', '.join(gone)}" if gone else ""))


def export(
    file: Annotated[
        Path, typer.Argument(help="The file to write, as base.tar; - is standard output.")
    ],
    *,
    watches: Annotated[
        bool, typer.Option("--watches", help="Take the watches along, with their addresses.")
    ] = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Write the base to one file.

    The live generation, all articles and what was learnt.
    """
    with engine.open(indexes) as base:
        if base.layout.watches.exists() and not watches:
            note("watches are left out, as they hold addresses; --watches takes them along")
        if str(file) != STDOUT:
            note(f"{file}: generation {base.export(file, watches=watches)}")
            return
        # Whole before the first byte of it is out: the reader of a pipe cannot tell.
        with TemporaryDirectory() as folder:
            archive = Path(folder) / "base.tar"
            generation = base.export(archive, watches=watches)
            with archive.open("rb") as whole:
                shutil.copyfileobj(whole, sys.stdout.buffer)
    note(f"standard output: generation {generation}")


def import_(
    file: Annotated[Path, typer.Argument(help="What 'engine export' wrote.")],
    *,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Make a new base of an exported file."""
    with engine.open(indexes, wait=wait) as base:
        generation = base.import_from(file)
    if json_:
        print_json({"generation": generation})
    note(f"live: {generation}")


def _generation(values: dict[str, Any]) -> Sequence[object]:
    """Return one line of the table of generations, oldest first as `rollback` counts them."""
    about = "live" if values["live"] else values["problem"]
    columns = (values[name] for name in ("name", "age_hours", "n_articles", "n_stories", "bytes"))
    return (*("" if value is None else value for value in columns), about)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return "none" if value is None else str(value)
