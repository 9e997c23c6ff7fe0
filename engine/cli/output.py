"""What commands print: tables and JSON on standard output, progress on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from engine.cli.table import table
from engine.protocols import Progress, silent


def write_what_can_be_written() -> None:
    """Let what cannot be written, or read as text, be escapes, not the end of the program.

    A stream that was closed before the program began is an empty one, lest the file that is
    opened next gets its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - kept
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def end_output() -> None:
    """Write what waits to be written, or drop it where nobody reads any more.

    Raises
    ------
    OSError
        The disk that output goes to is full.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()


def drop_output() -> None:
    """Write nothing more to standard output, at the end of the program neither."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # it is no file, or closed
        return


def _writes_all(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") in {"utf8", "utf16", "utf32"}


def print_json(values: Mapping[str, Any]) -> None:
    """Print one object on one line."""
    # Lone surrogates in broken input would end the program; escapes would not.
    line = json.dumps(values, ensure_ascii=not _writes_all(sys.stdout), default=str)
    sys.stdout.write(line.encode("utf-8", "backslashreplace").decode() + "\n")


def print_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one object a line."""
    for row in rows:
        print_json(row)


def print_text(text: str) -> None:
    """Print a line for people."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line for people on standard error."""
    sys.stderr.write(f"{text}\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as wide as the terminal; the last column takes what is left."""
    # Piped output has no width of its own; cut nothing there.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for text in table(columns, rows, width=width):
        print_text(text)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a callback that draws bars with rate and time left, silent when not on a terminal."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    tasks: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="")
            task = bars.tasks[tasks[stage]]
            rate = f"{task.speed:.0f}/s" if task.speed else ""
            bars.update(tasks[stage], completed=done, total=total, rate=rate)

        yield show
