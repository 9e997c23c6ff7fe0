"""What watches a server is told at once, also while it is still making what answers the rest."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.serve.answers import Json
from engine.serve.health import Health
from engine.serve.problems import API
from engine.serve.services import Services

HEALTH, READY = "/health", "/ready"
"""Addresses of the API, which tell nothing of the articles, so that anybody may ask."""


def health_of(services: Services) -> Health:
    """Return whether questions are answered now, and from which generation."""
    generation, stale = services.live.generation, bool(services.live.problem)
    if generation is None:
        return Health(False, None, stale)
    fingerprint = generation.manifest.fingerprint
    return Health(True, generation.name, stale, fingerprint, generation.centring_sum)


def status_of(health: Health, address: str) -> HTTPStatus:
    """Return the status of an answer of `READY`, or of `HEALTH`, which is there in any case."""
    missing = address == READY and not health.ready
    return HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK


async def early_answer(request: Request) -> Response | None:
    """Return how the server is, byte for byte as the API says it.

    Returns
    -------
    Response or None
        None: something else is asked for.
    """
    route = _ROUTES.get(request.scope["path"])
    if route is None or request.scope["method"] != "GET":
        return None
    request.scope["route"] = route  # which the log names
    health = health_of(request.app.state.services)
    return Json(health.to_dict(), status_of(health, route.path.removeprefix(API)))


_ROUTES = {API + address: Route(API + address, early_answer) for address in (HEALTH, READY)}
