"""Running the server until it is told to stop."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette

from engine.errors import InputError
from engine.serve.app import create_app
from engine.serve.services import Services
from engine.serve.settings import Listening, Settings, is_loopback
from engine.serve.tokens import Token

SWITCHES = 0.0005
"""Seconds after which a thread lets another that waits for the interpreter have it. A search gives
it back some forty times while it reads and encodes, so beside a thread that computes, as one does
that takes in a publication, it takes 220 ms at the 5 ms that Python begins with, and 52 at this;
alone it takes as long as before."""


def run(settings: Settings) -> None:
    """Serve a base until the process is told to stop; raises as `listen`."""
    app = create_app(settings)
    services: Services = app.state.services
    sys.setswitchinterval(SWITCHES)
    listen(app, settings, services.tokens())


def listen(app: Starlette, settings: Listening, tokens: Sequence[Token]) -> None:
    """Let `app` answer until the process is told to stop.

    Raises
    ------
    InputError
        Others could reach it and there is no token that lets them in.
    """
    if not settings.is_open and not tokens:
        raise InputError(
            f"others can reach {settings.host}; make a token first, by 'engine tokens add', or "
            "give one in ENGINE_TOKENS"
        )
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("engine.serve").setLevel(logging.INFO)
    gc.freeze()  # what was imported stays, so no garbage need be looked for in it
    gc.enable()  # the command looked for none during its imports
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,  # the server's own has no texts
        log_level="warning",
        server_header=False,
        proxy_headers=bool(settings.names) and is_loopback(settings.host),
    )
