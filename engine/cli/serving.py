"""Commands that serve a base, and that let others in."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.options import DEFAULT_INDEXES, Indexes, Json, finite
from engine.cli.output import note, print_lines, print_table, print_text
from engine.errors import MissingExtraError

if TYPE_CHECKING:
    from engine.serve.tokens import TokenFile

Name = Annotated[str, typer.Argument(help="Whose it is.")]


class Scope(StrEnum):
    """What a token allows; the names are those of `engine.serve.tokens`."""

    read = "read"
    correct = "correct"
    admin = "admin"


shelf = typer.Typer(no_args_is_help=True, help="Let others in to `engine serve`.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(serve)
    app.add_typer(shelf, name="tokens")


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Where to listen; others than this machine need a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8080,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name under which a proxy is reached; may be repeated."),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.0,
            max=60.0,
            callback=finite,
            help="How long a correction waits for a run to end.",
        ),
    ] = 2.0,
    shard: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Answer for this server of another base instead, and for others: may be repeated.",
        ),
    ] = None,
    deadline: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.1,
            max=10.0,
            callback=finite,
            help="How long a shard is waited for; an answer says which had no part in it.",
        ),
    ] = 5.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Open the base to browsers and programs: pages, API, feeds.

    With --shard, answer for the servers of many bases by one API.
    """
    try:
        if shard:
            from engine.front.running import run as run_front
        from engine.serve.running import run
    except ImportError as error:
        raise MissingExtraError(
            f"serving needs {error.name}; run: pip install 'news-story-engine[client,serve]'"
        ) from error
    from engine.jobs.base.setup import Setup
    from engine.serve.settings import Settings
    from engine.serve.tokens import of_environment

    tokens, names = of_environment(os.environ.get("ENGINE_TOKENS", "")), tuple(name or ())
    note(f"http://{host}:{port}/")
    if shard:
        from engine.front.settings import FrontSettings

        secret = os.environ.get("ENGINE_SHARD_TOKEN", "")
        run_front(
            FrontSettings(
                shard,
                shard_token=secret,
                deadline=deadline,
                host=host,
                port=port,
                names=names,
                tokens=tokens,
            )
        )
        return
    setup = Setup(patience=timedelta(seconds=wait))
    run(Settings(indexes, host=host, port=port, names=names, tokens=tokens, setup=setup))


@shelf.command()
def add(
    name: Name,
    *,
    scope: Annotated[
        Scope, typer.Option(help="To read; to correct stories, too; or to approve nights, too.")
    ] = Scope.read,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Make a token and print it, once: only its hash is kept."""
    from engine.jobs.base.setup import utc_now
    from engine.serve import tokens

    made = utc_now().replace(microsecond=0)
    print_text(_file(indexes).add(name, tokens.Scope(scope.value), made=made))


@shelf.command("list")
def list_tokens(*, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print whose tokens there are, and what they allow."""
    rows = [
        {name: value for name, value in token.to_dict().items() if name != "sha256"}
        for token in _file(indexes).tokens()
    ]
    if json_:
        print_lines(rows)
    else:
        print_table(("name", "scope", "made"), (list(row.values()) for row in rows))


@shelf.command()
def remove(name: Name, *, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Make a token void at once."""
    _file(indexes).remove(name)


def _file(indexes: Path) -> TokenFile:
    from engine.disk.layout import base_layout
    from engine.serve.tokens import TokenFile

    return TokenFile(base_layout(indexes).tokens)
