"""How a moment is written for people, in UTC."""

from __future__ import annotations

from datetime import datetime

_UNDATED = "undated"


def minute(moment: datetime | None) -> str:
    """Return a moment as ``2023-05-21 10:00``, or that it is not known."""
    return _UNDATED if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def day(moment: datetime | None) -> str:
    """Return the day of a moment as ``2023-05-21``, or that it is not known."""
    return _UNDATED if moment is None else f"{moment:%Y-%m-%d}"
