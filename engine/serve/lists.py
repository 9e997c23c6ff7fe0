"""Lists in parts, each asked for by a cursor of the one before."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Query

from engine.serve.problems import ProblemError
from engine.serve.values import Page

T = TypeVar("T")

MOST_ITEMS = 200
"""Of a part of a list."""

Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Most items of a part.")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="`cursor` of the part before; none: the first part."),
]


def part(items: Sequence[T], limit: int, cursor: str | None, state: str) -> Page[T]:
    """Return the part of `items` that `cursor` asks for.

    Parameters
    ----------
    items
        The whole list.
    limit
        Items of a part.
    cursor
        As the part before gave it, or None.
    state
        Names what the list is made of: a part of another list does not go on from this one.

    Raises
    ------
    ProblemError
        The list has changed since the cursor was given, or it is none.
    """
    start = 0 if cursor is None else _start(cursor, state)
    end = start + limit
    return Page(tuple(items[start:end]), _cursor(end, state) if end < len(items) else None)


def _cursor(start: int, state: str) -> str:
    return base64.urlsafe_b64encode(f"{start} {state}".encode()).decode().rstrip("=")


def _start(cursor: str, state: str) -> int:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        start, _, known = base64.urlsafe_b64decode(padded).decode().partition(" ")
        place = int(start)
    except (ValueError, binascii.Error) as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "this is no cursor") from error
    if known != state or place < 0:
        raise ProblemError(HTTPStatus.GONE, "the list has changed; begin again without a cursor")
    return place
