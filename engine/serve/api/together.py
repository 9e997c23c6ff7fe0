"""Many stories together: the long matters, and who leads, who lags and what is missed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from engine.coverage.concentration import BY, WEEK
from engine.coverage.figures import Coverage, Span
from engine.jobs.telling.coverage import coverage
from engine.jobs.telling.matters import (
    Matter,
    MatterTimeline,
    matter_timeline,
    matters,
    matters_in_order,
)
from engine.serve.api.asking import moment
from engine.serve.freshness import Fresh
from engine.serve.given import Reading
from engine.serve.lists import Cursor, Limit, part
from engine.serve.values import Page

router = APIRouter(prefix="/matters", tags=["matters"], dependencies=[Fresh])
"""For the long matters that stories are stages of."""
coverages = APIRouter(prefix="/coverage", tags=["coverage"])
"""For who leads, who lags and what is missed. No answer is kept by who asks: who owns which outlet
can change between two generations."""

MOST_ROWS = 1_000
"""Outlets, pairs and missed stories of one answer."""

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


@coverages.get("")
def show_coverage(
    reader: Reading,
    since: Annotated[
        str | None,
        Query(description="First reported then or later.", examples=["2023-02"], max_length=40),
    ] = None,
    until: Annotated[str | None, Query(description="First reported before.", max_length=40)] = None,
    by: Annotated[
        str, Query(description="Of the concentration.", json_schema_extra={"enum": list(BY)})
    ] = WEEK,
    limit: Annotated[
        int,
        Query(ge=1, le=MOST_ROWS, description="Most outlets, pairs, missed stories of a language."),
    ] = 50,
) -> Coverage:
    """Return who is first, how late others are, what is missed, who prints whom, in few hands."""
    return coverage(reader, Span(moment(since), moment(until), by)).first_rows(limit)
