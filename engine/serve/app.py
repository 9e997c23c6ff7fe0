"""The application: API, pages and what stands around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Lifespan

from engine.domain import VERSION
from engine.serve import pages
from engine.serve.answers import Json
from engine.serve.border import Border
from engine.serve.description import describe
from engine.serve.freshness import add_freshness
from engine.serve.late import Late, LateGate
from engine.serve.limits import Gate
from engine.serve.measures import BASE_GAUGES, Measures
from engine.serve.problems import API, add_problems
from engine.serve.services import Services
from engine.serve.settings import Listening, Settings

COMPRESSION = 4
"""Of gzip. A list of 2.8 MB takes 39 ms and becomes 495 KB; at 9, which is Starlette's own, it
takes 229 ms and becomes 444 KB."""

LEAST_COMPRESSED = 1_000
"""Bytes from which an answer is compressed: smaller ones fit one packet."""


def create_app(settings: Settings) -> FastAPI:
    """Return the server of a base, which opens it when it starts.

    Parameters
    ----------
    settings
        What it is told.
    """
    app = bare_app("News story engine", _lifespan)
    late = Late(app, _add_others)
    first, *others = pages.STARTING
    app.state.services = Services.over(
        settings, starting=(first, late.warm, *others), renewing=pages.RENEWING
    )
    app.state.problem_page = pages.problem_page
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=pages.STATIC, check_dir=False), name="static")
    add_freshness(app)
    app.add_middleware(LateGate, late=late)
    surround(app, settings, Measures(BASE_GAUGES))
    return app


def _add_others(app: FastAPI) -> None:
    """Add what the first page does not need, which takes as long to import as what it does."""
    from engine.serve import api, signing_in
    from engine.serve.pages import correcting, routes, watching

    for router in (routes.router, signing_in.router, correcting.router, watching.router):
        app.include_router(router)
    app.include_router(api.router, prefix=API)


def bare_app(title: str, lifespan: Lifespan[FastAPI]) -> FastAPI:
    """Return an application that says what it is and answers nothing yet."""
    return FastAPI(
        title=title,
        version=VERSION,
        lifespan=lifespan,
        default_response_class=Json,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # these load scripts from elsewhere
        redoc_url=None,
    )


def surround(app: FastAPI, settings: Listening, measures: Measures) -> None:
    """Put around an application what stands around every server.

    Parameters
    ----------
    app
        Answers requests.
    settings
        What is turned away before it does.
    measures
        Counts requests.
    """
    app.state.measures = measures
    add_problems(app)
    describe(app)
    # The last one that is added stands outermost.
    app.add_middleware(GZipMiddleware, minimum_size=LEAST_COMPRESSED, compresslevel=COMPRESSION)
    app.add_middleware(Gate, limits=settings.limits, names=settings.host_names)
    app.add_middleware(Border, measures=measures)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    services.live.watch()
    try:
        yield
    finally:
        services.close()
