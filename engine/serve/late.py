"""Endpoints that are imported once the first page can be answered, or when they are asked for.

To import them and to make what FastAPI makes of them takes as long as to read the stories of
100,000 articles.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.jobs.base.reader import Reader


class Late:
    """Adds endpoints to an application once.

    Parameters
    ----------
    app
        The application.
    add
        Adds them.
    """

    def __init__(self, app: FastAPI, add: Callable[[FastAPI], None]) -> None:
        self.there = False
        self._app = app
        self._add = add
        self._lock = threading.Lock()
        self._describe = app.openapi
        app.openapi = self._described  # type: ignore[method-assign] # as FastAPI's documents say

    def add(self) -> None:
        """Add the endpoints, unless they are there; who comes meanwhile waits."""
        with self._lock:
            if not self.there:
                self._add(self._app)
                self.there = True

    def warm(self, reader: Reader) -> None:  # noqa: ARG002 - as what else is warmed
        """Add the endpoints as the server warms up."""
        self.add()

    def _described(self) -> dict[str, Any]:
        self.add()
        return self._describe()


class LateGate:
    """Lets requests wait until all endpoints are there, but for the first page and its files.

    Parameters
    ----------
    app
        What stands behind.
    late
        The endpoints.
    """

    def __init__(self, app: ASGIApp, *, late: Late) -> None:
        self._app = app
        self._late = late

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and not (self._late.there or _is_first(scope["path"])):
            await run_in_threadpool(self._late.add)
        await self._app(scope, receive, send)


def _is_first(path: str) -> bool:
    return path == "/" or path.startswith("/static/")
