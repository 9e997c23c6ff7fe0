"""Running the server until it is told to stop."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import platform
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

ARENAS = 2
"""From how many places glibc gives memory to threads. It makes eight for each processor by itself,
and each keeps the most that any of its requests took: 432 requests of eight users at once, on
100,000 articles, left 760 MiB so, and twice as many 500 with two."""

_M_ARENA_MAX = -8  # of malloc.h


def run(settings: Settings) -> None:
    """Serve a base until the process is told to stop; raises as `listen`."""
    share_memory()
    app = create_app(settings)
    services: Services = app.state.services
    sys.setswitchinterval(SWITCHES)
    listen(app, settings, services.tokens())


def share_memory() -> None:
    """Let threads take memory from `ARENAS` places, unless MALLOC_ARENA_MAX says from how many.

    Only glibc gives each thread its own; elsewhere nothing happens.
    """
    if platform.libc_ver()[0] == "glibc" and "MALLOC_ARENA_MAX" not in os.environ:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


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
