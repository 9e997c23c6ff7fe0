"""The application: the first page at once, all else once it is made, and what stands around."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from engine.serve import pages
from engine.serve.early import early_answer
from engine.serve.late import Late
from engine.serve.measures import BASE_GAUGES, Measures
from engine.serve.problems import TOLD, told
from engine.serve.services import Services
from engine.serve.settings import Settings
from engine.serve.surroundings import surround

if TYPE_CHECKING:
    from fastapi import FastAPI


LISTENING = 0.02
"""Seconds that the server is given to listen before it makes the first page: beside that, it takes
a second, in which nobody could ask how it is."""


def create_app(settings: Settings) -> Starlette:
    """Return the server of a base, which opens it when it starts.

    Parameters
    ----------
    settings
        What it is told.
    """
    state = State()
    late = Late(partial(whole_app, state), at_once=_at_once)
    first, *others = pages.STARTING
    state.services = Services.over(
        settings, starting=(first, late.warm, *others), renewing=pages.RENEWING
    )
    state.problem_page = pages.problem_page
    app = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=pages.STATIC, check_dir=False)),
            Mount("", late),
        ],
        exception_handlers=dict.fromkeys(TOLD, told),
        lifespan=_lifespan,
    )
    app.state = state
    surround(app, settings, Measures(BASE_GAUGES))
    return app


def whole_app(state: State) -> FastAPI:
    """Return what answers all requests, which takes as long to import as the first page to make.

    Parameters
    ----------
    state
        What requests share.
    """
    from engine.serve import api, signing_in
    from engine.serve.framework import bare_app
    from engine.serve.freshness import add_freshness
    from engine.serve.pages import correcting, first, routes, watching
    from engine.serve.problems import API

    app = bare_app("News story engine")
    app.state = state
    add_freshness(app)
    for part in (first, routes, signing_in, correcting, watching):
        app.include_router(part.router)
    app.include_router(api.router, prefix=API)
    return app


async def _at_once(request: Request) -> Response | None:
    return await early_answer(request) or await pages.opening_page(request)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services: Services = app.state.services
    watching = asyncio.get_running_loop().call_later(LISTENING, services.live.watch)
    try:
        yield
    finally:
        watching.cancel()
        services.close()
