"""The program `engine`: its commands and how errors leave it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from engine import __version__
from engine.cli import (
    cleaning,
    corpus,
    evaluation,
    forget,
    labelling,
    ledger,
    nightly,
    operation,
    showing,
    similar,
    stories,
)
from engine.cli.output import note, print_text
from engine.errors import EngineError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find related news articles across languages and cluster them into stories.",
    epilog="Exit codes: 0 done, 1 error, 2 wrong usage, 3 some inputs were rejected, 4 locked, "
    "5 the night's stories were held back.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print_text(__version__)
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


corpus.add_to(app)
cleaning.add_to(app)
similar.add_to(app)
showing.add_to(app)
stories.add_to(app)
ledger.add_to(stories.shelf)
nightly.add_to(app)
forget.add_to(app)
evaluation.add_to(app)
labelling.add_to(app)
operation.add_to(app)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the program; an error of the engine is one sentence on standard error.

    Parameters
    ----------
    arguments
        What follows the name of the program; None takes those of the process.
    """
    try:
        app(arguments)
    except EngineError as error:
        note(f"engine: {error}")
        sys.exit(error.exit_code)
