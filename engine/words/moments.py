"""Moments: how they are written for people, in UTC, and which of them are none."""

from __future__ import annotations

from datetime import datetime

from engine.errors import InputError

NO_DATE = "undated"
"""What stands where a moment is not known."""


def minute(moment: datetime | None) -> str:
    """Return a moment as ``2023-05-21 10:00``, or that it is not known."""
    return NO_DATE if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def day(moment: datetime | None) -> str:
    """Return the day of a moment as ``2023-05-21``, or that it is not known."""
    return NO_DATE if moment is None else f"{moment:%Y-%m-%d}"


def expect_aware(**moments: object) -> None:
    """Refuse times that could be meant in any time zone; None is no time.

    Raises
    ------
    InputError
        One has no time zone, or is a day or a text; names it.
    """
    for name, moment in moments.items():
        if moment is None or (isinstance(moment, datetime) and moment.utcoffset() is not None):
            continue
        raise InputError(
            f"expected an aware time for {name}, as datetime(2023, 5, 21, tzinfo=UTC), "
            f"got {moment!r}"
        )
