"""Who leads, who lags and what is missed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from engine.coverage.concentration import BY, WEEK
from engine.coverage.figures import Coverage, Span
from engine.jobs.telling.coverage import coverage
from engine.serve.api.asking import moment
from engine.serve.given import Reading

# No answer is kept by who asks: who owns which outlet can change between two generations.
router = APIRouter(prefix="/coverage", tags=["coverage"])

MOST_ROWS = 1_000
"""Outlets, pairs and missed stories of one answer."""


@router.get("")
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
