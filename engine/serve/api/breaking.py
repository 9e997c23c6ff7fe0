"""Stories that grow faster than those of their base do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.serve.api.asking import moment
from engine.serve.freshness import Fresh
from engine.serve.given import Reading
from engine.serve.lists import Cursor, Limit, part
from engine.serve.values import Page

router = APIRouter(prefix="/breaking", tags=["stories"], dependencies=[Fresh])


@router.get("")
def list_breaking(
    reader: Reading,
    since: Annotated[
        str | None,
        Query(description="Told then or later.", examples=["2023-02-06"], max_length=40),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BreakingStory]:
    """Return the alerts that nights raised, the latest first, a part of them at a time."""
    found = breaking(reader, since=moment(since))
    return part(found, limit, cursor, reader.generation.name)
