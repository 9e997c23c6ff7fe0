"""What the page of the base shows: what it holds, how sound it is, and what was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from engine.domain import Reject, Value
from engine.index.auditing import Audit
from engine.jobs.base.reader import Reader
from engine.jobs.storing.ingest import logged_rejects
from engine.jobs.telling.status import Status, status

MOST_REJECTS = 50
"""Rejects that are listed, the latest."""

MOST_SOURCES = 40
"""Outlets that are listed, those with most articles."""


@dataclass(frozen=True, slots=True)
class HoldingsPage(Value):
    """The page of the base.

    Attributes
    ----------
    status
        What the base holds.
    audit
        What the index was found to find; None where nothing is published.
    sources
        Outlets and their articles, most first.
    n_sources
        How many outlets there are.
    rejects
        The latest, newest first, each with when it was rejected.
    """

    status: Status
    audit: Audit | None
    sources: tuple[tuple[str, int], ...]
    n_sources: int
    rejects: tuple[tuple[datetime, Reject], ...]


def holdings_page(reader: Reader) -> HoldingsPage:
    """Return the page of the base."""
    sources = reader.corpus.articles.counts_by_source()
    found = status(reader)
    return HoldingsPage(
        status=found,
        audit=None if found.live is None else reader.generation.manifest.audit,
        sources=tuple(islice(sources.items(), MOST_SOURCES)),
        n_sources=len(sources),
        rejects=tuple(logged_rejects(reader.layout.rejects, most=MOST_REJECTS)),
    )
