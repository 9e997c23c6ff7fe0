"""Options that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import InputError

if TYPE_CHECKING:
    from engine.store import ArticleFilter

LONGEST_WAIT = 31 * 86_400.0
"""Seconds that a run waits at most for another: a month."""


def finite(value: float | None) -> float | None:
    """Return the number of an option as it was given; NaN is within any limits."""
    if value is not None and isnan(value):
        raise typer.BadParameter("expected a number, got nan")
    return value


Indexes = Annotated[
    Path,
    typer.Option(
        "--indexes",
        envvar="ENGINE_INDEXES",
        help="Folder of the base; several can live side by side.",
        file_okay=False,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print JSON for machines instead of a table for people.")
]
Wait = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0.0,
        max=LONGEST_WAIT,
        callback=finite,
        help="How long to wait for another run to end. Default: not at all.",
    ),
]
DEFAULT_INDEXES = Path("indexes")

StoryId = Annotated[str, typer.Argument(metavar="STORY", help="Id of the story.")]
ArticleId = Annotated[str, typer.Argument(metavar="ARTICLE", help="Id of the article.")]

Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=NAME",
        help="The input's own name for a field, such as title=headline; can be repeated.",
    ),
]
Fetch = Annotated[bool, typer.Option("--fetch", help="Fetch the web addresses among the paths.")]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Fetch from this machine and its networks too.")
]

Granularity = Annotated[
    str | None,
    typer.Option(
        metavar="WORD|NUMBER",
        help="How coarse stories are: finest, finer, default, coarser, coarsest, or log-odds from "
        "-3 to 3. Holds until another is given. Default: as before.",
    ),
]

Headlines = Annotated[
    str | None,
    typer.Option(
        help="Show headlines in this language where a story has an article in it. Default: that "
        "of 'engine stories headlines'."
    ),
]

Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes of this machine that share large work. Default: one a processor.",
    ),
]


def _place(text: str) -> str:
    """Return `text` if work can be done there."""
    from engine.workers.choosing import open_executor  # --help needs none

    try:
        open_executor(text)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return text


On = Annotated[
    str,
    typer.Option(
        metavar="local|ray|ray://HOST:PORT",
        callback=_place,
        help="Where texts are embedded and read and neighbours looked for: here, on the Ray "
        "cluster that this machine is a node of, or on one elsewhere.",
    ),
]

Since = Annotated[
    str | None,
    typer.Option(help="Only articles from this on: a date or time, a month or a year."),
]
Until = Annotated[str | None, typer.Option(help="Only articles before this; 2023 is its start.")]
Languages = Annotated[
    list[str] | None,
    typer.Option("--lang", help="Only this language, as nl, nld or Dutch; may be repeated."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="Only this outlet, in any case; may be repeated."),
]

Secret = Annotated[
    str,
    typer.Option(
        "--webhook-secret",
        envvar="ENGINE_WEBHOOK_SECRET",
        show_envvar=True,
        help="Signs what is posted; better given by the environment.",
    ),
]
Smtp = Annotated[
    str,
    typer.Option(
        envvar="ENGINE_SMTP",
        show_envvar=True,
        help="Mail server, as smtp://host:25 or smtps://user:password@host:465.",
    ),
]

_SPAN = re.compile(r"(\d+)\s*([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def wrong(option: str, message: str) -> typer.BadParameter:
    """Return the error for what was given to `option`."""
    return typer.BadParameter(message, param_hint=f"'{option}'")


def span(text: str, option: str) -> timedelta:
    """Return the time that ``36h``, ``14d`` or ``2w`` means, which was given to `option`."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise wrong(option, f"expected a span such as 36h, 14d or 2w, got {text!r}")
    try:
        return timedelta(hours=int(match[1]) * _HOURS[match[2]])
    except OverflowError as error:
        raise wrong(option, f"{text!r} is longer than time itself") from error


def log_odds(text: str) -> float:
    """Return the log-odds that a granularity means."""
    from engine.same_event.granularity import as_granularity

    try:
        return as_granularity(text)
    except InputError as error:
        raise wrong("--granularity", str(error)) from error


def renamed(pairs: Sequence[str] | None) -> dict[str, str] | None:
    """Return the names that ``--map`` gives."""
    if not pairs:
        return None
    from engine.reading.fields import own_names  # --help needs no reader

    try:
        return own_names(
            {known: name for known, _, name in (pair.partition("=") for pair in pairs)}
        )
    except InputError as error:
        raise wrong("--map", str(error)) from error


def processors() -> int:
    """Return the number of processors that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def moment(text: str | None, option: str) -> datetime | None:
    """Return the aware UTC time that a date or time, a month or a year means, given to `option`."""
    if text is None:
        return None
    from engine.jobs.base.filtering import as_moment

    try:
        return as_moment(text)
    except InputError as error:
        raise wrong(option, str(error)) from error


def article_filter(
    since: str | None, until: str | None, languages: list[str] | None, sources: list[str] | None
) -> ArticleFilter:
    """Return which articles the options ask for."""
    from engine.store import ArticleFilter  # --help needs no store

    return ArticleFilter(
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        languages=tuple(languages or ()),
        sources=tuple(sources or ()),
    )
