"""How the base and the server are: rejects, status, health and metrics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from engine.domain import Reject
from engine.jobs.storing.ingest import logged_rejects
from engine.jobs.telling.status import Status, status
from engine.serve.early import HEALTH, READY, health_of, status_of
from engine.serve.given import Reading, Serving
from engine.serve.health import Health
from engine.serve.lists import Cursor, Limit, part
from engine.serve.measures import Measures
from engine.serve.values import Page

router = APIRouter(tags=["operation"])
public = APIRouter(tags=["operation"])
"""For what watches the server; it tells nothing of the articles."""


@router.get("/rejects")
def rejects(reader: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[Reject]:
    """Return the inputs that could not become articles, the latest first."""
    found = logged_rejects(reader.layout.rejects)
    # Of a file its name is told, not where on the server it lies.
    named = [replace(reject, file=Path(reject.file).name) for _, reject in found]
    return part(named, limit, cursor, str(len(named)))


@router.get("/status")
def base_status(reader: Reading) -> Status:
    """Return what the base holds."""
    found = status(reader)
    return replace(found, indexes=Path(found.indexes.name))


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request, services: Serving) -> str:
    """Return the numbers of the server and of the base for Prometheus."""
    measures: Measures = request.app.state.measures
    reader = services.live.reader
    manifest = reader.generation.manifest
    age = reader.setup.clock() - manifest.created
    return measures.text(
        articles=manifest.n_articles,
        stories=manifest.n_stories,
        generation_age_seconds=age.total_seconds(),
        generation_switches=services.live.n_switches,
        generation_problem=float(bool(services.live.problem)),
    )


@public.get(HEALTH)
async def health(services: Serving) -> Health:
    """Tell that the server is there."""
    return health_of(services)


@public.get(READY)
async def ready(services: Serving, response: Response) -> Health:
    """Tell whether questions are answered: 503 where nothing is published yet."""
    found = health_of(services)
    response.status_code = status_of(found, READY)
    return found
