"""How the base and the server are: nights, rejects, status, health and metrics."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from engine.domain import Reject
from engine.jobs.correct import Corrected
from engine.jobs.ingest import logged_rejects
from engine.jobs.status import Status, status
from engine.reports.briefing import BARE, Briefing, brief_run
from engine.serve.api.asking import RunNumber
from engine.serve.api.corrections import corrected
from engine.serve.callers import needs
from engine.serve.lists import Cursor, Limit, part
from engine.serve.measures import Measures
from engine.serve.services import Reading, Services, Serving
from engine.serve.tokens import Scope
from engine.serve.values import Health, Page
from engine.store import Run

router = APIRouter(tags=["operation"])
public = APIRouter(tags=["operation"])
"""For what watches the server; it tells nothing of the articles."""


@router.get("/nights")
def nights(reader: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[Run]:
    """Return the runs of the ledger, the latest first: nights, held ones too, and corrections."""
    runs = reader.corpus.history.runs()[::-1]
    return part(runs, limit, cursor, str(runs[0].run if runs else 0))


@router.get("/nights/{run}")
def night(run: RunNumber, reader: Reading) -> Briefing:
    """Return what there is to know of a run: its stories, ranked, and why it was held."""
    return brief_run(reader, run, BARE)


@router.post("/nights/{run}/approve", dependencies=[Depends(needs(Scope.ADMIN))])
def approve(run: RunNumber, services: Serving) -> Corrected:
    """Publish the stories of a night that was held back."""
    return corrected(services, lambda base: base.approve(run))


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


@public.get("/health")
async def health(services: Serving) -> Health:
    """Tell that the server is there."""
    return _health(services)


@public.get("/ready")
async def ready(services: Serving, response: Response) -> Health:
    """Tell whether questions are answered: 503 where nothing is published yet."""
    found = _health(services)
    if not found.ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found


def _health(services: Services) -> Health:
    generation, stale = services.live.generation, bool(services.live.problem)
    if generation is None:
        return Health(False, None, stale)
    fingerprint = generation.manifest.fingerprint
    return Health(True, generation.name, stale, fingerprint, generation.centring_sum)
