"""The program `engine`: its commands and how errors leave it."""

from __future__ import annotations

import atexit
import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_group

from engine.cli.output import (
    drop_output,
    end_output,
    note,
    print_text,
    write_what_can_be_written,
)
from engine.errors import EngineError
from engine.version import VERSION

_HOMES = {
    "corpus": "ingest rebuild forget",
    "cleaning": "clean",
    "similar": "similar show",
    "stories": "cluster stories",
    "coverage": "coverage",
    "matters": "matters",
    "breaking": "breaking",
    "exports": "table graph map",
    "watches": "watches",
    "nightly": "nightly replay",
    "reporting": "report",
    "evaluation": "evaluate",
    "labelling": "label calibrate",
    "operation": "status sources owners verify rollback prune export import",
    "remote": "remote",
    "model": "model",
    "serving": "serve tokens",
}
"""Modules, and the commands that each adds, in the order of the help."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


BRIEF = frozenset(("similar", "show"))
"""Commands that end before it pays to look for garbage among the modules that they import, which
takes a question a twentieth of its time."""

SERVING = "serve"
"""The command that looks for garbage only once it has imported what it needs."""


class _Commands(Mapping[str, Any]):
    """The commands by name; each is imported and made when it is asked for."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - its types are private
        return _made(_HOME_OF[name])[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_HOME_OF)

    def __len__(self) -> int:
        return len(_HOME_OF)


@cache
def _made(module: str) -> Mapping[str, Any]:
    part = typer.Typer(rich_markup_mode=None)
    import_module(f"engine.cli.{module}").add_to(part)
    return get_group(part).commands


class _Program(TyperGroup):
    """The commands; what is wrong with an argument is told without the library's own prefix."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - as the library gives them
        super().__init__(**settings)
        self.commands = _Commands()  # type: ignore[assignment] # it is only read

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
        print_text(VERSION)
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the program as a process of its own.

    It ends once all is written: Python takes a tenth of a second to free, object by object, what
    the system takes back at once, an eighth of what a question costs.
    """
    if sys.argv[1:2] and sys.argv[1] in (*BRIEF, SERVING):
        gc.disable()
    try:
        run()
    except SystemExit as ended:
        code = ended.code
    else:
        code = 0
    if isinstance(code, str):  # which only the interpreter tells of
        sys.exit(code)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # noqa: SLF001 - nothing else tidies up outside of this process
    with suppress(OSError):  # nobody reads it any more
        sys.stderr.flush()
    os._exit(code or 0)


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
