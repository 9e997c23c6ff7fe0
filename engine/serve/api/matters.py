"""The long matters that stories are stages of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from engine.jobs.telling.matters import (
    Matter,
    MatterTimeline,
    matter_timeline,
    matters,
    matters_in_order,
)
from engine.serve.freshness import Fresh
from engine.serve.given import Reading
from engine.serve.lists import Cursor, Limit, part
from engine.serve.values import Page

router = APIRouter(prefix="/matters", tags=["matters"], dependencies=[Fresh])

MatterId = Annotated[str, Path(max_length=200, description="Id of a matter.")]
Language = Annotated[str, Query(description="Of the headlines.", max_length=40)]


@router.get("")
def list_matters(
    reader: Reading, language: Language = "", limit: Limit = 50, cursor: Cursor = None
) -> Page[Matter]:
    """Return the matters, that with the latest stage first, a part of them at a time."""
    found = part(reader.once(matters_in_order), limit, cursor, reader.generation.name)
    return Page(tuple(matters(reader, language, found.items)), found.cursor)


@router.get("/{matter}")
def show_matter(
    matter: MatterId,
    reader: Reading,
    language: Language = "",
    *,
    sentences: Annotated[
        bool, Query(description="With the sentence that stands for each stage.")
    ] = False,
) -> MatterTimeline:
    """Return a matter stage by stage; the id of one that was merged leads to the survivor."""
    return matter_timeline(reader, matter, language=language, sentences=sentences)
