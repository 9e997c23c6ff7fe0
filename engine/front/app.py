"""The application of a front."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from engine.front import reading, searching
from engine.front.asking import Front, add_incompleteness, may_read
from engine.front.settings import FrontSettings
from engine.front.shards import AllShards
from engine.serve.framework import bare_app
from engine.serve.measures import Measures
from engine.serve.problems import API
from engine.serve.surroundings import surround

GAUGES = {
    "shards": "Shards behind this address.",
    "shards_missing": "Those that did not answer when they were asked last.",
}


def create_front(settings: FrontSettings, shards: AllShards) -> FastAPI:
    """Return the server that answers for many.

    Parameters
    ----------
    settings
        What it is told.
    shards
        What it asks, and closes in the end.
    """
    app = bare_app("News story engine, many bases", _lifespan)
    app.state.front = Front(settings, shards)
    app.include_router(reading.public, prefix=API)
    for subject in (searching.router, reading.router):
        app.include_router(subject, prefix=API, dependencies=[Depends(may_read)])
    add_incompleteness(app)
    surround(app, settings, Measures(GAUGES))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    front: Front = app.state.front
    try:
        yield
    finally:
        await front.shards.close()
