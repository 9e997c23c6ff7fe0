"""The program `engine`: its commands and how errors leave it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from engine import __version__
from engine.cli import (
    breaking,
    cleaning,
    corpus,
    coverage,
    disputed,
    evaluation,
    exports,
    labelling,
    ledger,
    matters,
    model,
    nightly,
    operation,
    remote,
    serving,
    similar,
    stories,
    watches,
)
from engine.cli.output import (
    drop_output,
    end_output,
    note,
    print_text,
    write_what_can_be_written,
)
from engine.errors import EngineError


class _Program(TyperGroup):
    """The commands; what is wrong with an argument is told without the library's own prefix."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - its types are private
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Find related news articles across languages and cluster them into stories.",
    epilog="Exit codes: 0 done, 1 error, 2 wrong usage, 3 some inputs were rejected, 4 locked, "
    "5 the night's stories were held back, 6 all was published but not a report, metrics "
    "or a log.",
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
stories.add_to(app)
disputed.add_to(stories.shelf)
ledger.add_to(stories.shelf)
coverage.add_to(app)
matters.add_to(app)
breaking.add_to(app)
exports.add_to(app, stories.shelf)
watches.add_to(app)
nightly.add_to(app)
evaluation.add_to(app)
labelling.add_to(app)
operation.add_to(app)
remote.add_to(app)
model.add_to(app)
serving.add_to(app)


def run(
    arguments: Sequence[str] | None = None, *, program: Callable[[Sequence[str] | None], Any] = app
) -> None:
    """Run the program; an error of the engine is one sentence on standard error.

    Parameters
    ----------
    arguments
        What follows the name of the program; None takes those of the process.
    program
        `app`, or the command that `typer.main.get_command` makes of it: that takes 0.1 s,
        which who calls again and again saves.
    """
    write_what_can_be_written()
    try:
        try:
            program(arguments)
        finally:
            end_output()
    except EngineError as error:
        _fail(str(error), error.exit_code)
    except UnicodeEncodeError as error:
        _fail(f"{error.object!r} is not UTF-8 text, as all that is looked for must be", WRONG_USAGE)
    except BrokenPipeError:
        drop_output()
        sys.exit(EngineError.exit_code)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        drop_output()  # else it fails again when the program ends
        _fail(f"{place}{error.strerror or error}; {_SAFE}", EngineError.exit_code)
    except sqlite3.Error as error:
        _fail(f"the article store cannot be used ({error}); {_SAFE}", EngineError.exit_code)


_SAFE = "nothing that was published is lost: free space or give the permission, and run this again"


WRONG_USAGE = 2
"""Exit code of arguments that mean nothing; Typer's own."""


def _fail(sentence: str, code: int) -> None:
    note(f"engine: {sentence}")
    sys.exit(code)
