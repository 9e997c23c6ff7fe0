"""Options that several commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

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
DEFAULT_INDEXES = Path("indexes")

_SPAN = re.compile(r"(\d+)\s*([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def span(text: str) -> timedelta:
    """Return the time that ``36h``, ``14d`` or ``2w`` means."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise typer.BadParameter(f"expected a span such as 36h, 14d or 2w, got {text!r}")
    try:
        return timedelta(hours=int(match[1]) * _HOURS[match[2]])
    except OverflowError as error:
        raise typer.BadParameter(f"{text!r} is longer than time itself") from error


def moment(text: str) -> datetime:
    """Return the aware UTC time that an ISO 8601 date or time means; UTC when no zone is said."""
    try:
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"expected a date or time such as 2023-05-10 or 2023-05-10T14:30+02:00, got {text!r}"
        ) from error
