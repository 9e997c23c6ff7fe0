"""Commands over generations in an object store or another file system."""

from __future__ import annotations

from typing import Annotated

import typer

import engine
from engine.cli.operation import tell_problems
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, Wait
from engine.cli.output import note, print_json, print_lines, print_table, progress_bars
from engine.remote.folder import open_remote

Url = Annotated[
    str,
    typer.Argument(
        metavar="URL", help="As s3://bucket/prefix, or any other address of fsspec, or a folder."
    ),
]

shelf = typer.Typer(
    no_args_is_help=True, help="Generations in an object store, from which machines take them."
)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(shelf, name="remote")


@shelf.command()
def push(
    url: Url,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Even where another base's generation is current.")
    ] = False,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Send what is not there yet of this base.

    The live generation, all articles and what was learnt.
    """
    with progress_bars() as progress, engine.open(indexes, progress=progress) as base:
        sent = base.push(url, force=force)
    if json_:
        print_json(sent.to_dict())
    note(f"{url}: {sent.generation}, {sent.n_sent_bytes:,} of {sent.n_bytes:,} bytes sent")


@shelf.command()
def pull(
    url: Url,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Give up what was written to this base itself.")
    ] = False,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Bring this base to what is current there.

    Readers change over when all of it is here.
    """
    with progress_bars() as progress, engine.open(indexes, progress=progress, wait=wait) as base:
        taken = base.pull(url, force=force)
    if json_:
        print_json(taken.to_dict())
    note(f"live: {taken.generation}, {taken.n_bytes:,} bytes fetched")


@shelf.command("list")
def list_(url: Url, *, json_: Json = False) -> None:
    """Print the generations there, oldest first."""
    from engine.remote.keeping import list_remote

    found = list_remote(open_remote(url))
    if json_:
        print_lines(each.to_dict() for each in found)
        return
    print_table(
        ("generation", "bytes", ""),
        ((each.name, each.n_bytes, "current" if each.current else each.problem) for each in found),
    )


@shelf.command()
def verify(url: Url, *, json_: Json = False) -> None:
    """Read everything there and print what is altered or missing.

    Exit code 1 says that something is. All of it is fetched once.
    """
    from engine.remote.keeping import verify_remote

    tell_problems(verify_remote(open_remote(url)), json_=json_)


@shelf.command()
def rollback(
    url: Url,
    generation: Annotated[
        str | None, typer.Argument(help="Name of the generation. Default: the one before.")
    ] = None,
) -> None:
    """Make an earlier generation current there.

    The next pull goes back to it.
    """
    from engine.remote.keeping import rollback_remote

    note(f"current: {rollback_remote(open_remote(url), generation)}")


@shelf.command()
def prune(
    url: Url,
    *,
    keep: Annotated[int, typer.Option(min=1, help="Newest generations to keep.")] = 3,
    json_: Json = False,
) -> None:
    """Delete old generations there; what is current always stays."""
    from engine.remote.keeping import prune_remote

    done = prune_remote(open_remote(url), keep=keep)
    if json_:
        print_json(done.to_dict())
    note(f"{len(done.generations)} generations and {done.n_pieces} pieces deleted")
