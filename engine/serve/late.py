"""An application that is made once the first page was answered, or when it is asked for.

To import what most endpoints need, and to make of them what FastAPI does, takes longer than
to make the first page of 100,000 articles.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.jobs.base.reader import Reader


class Late:
    """Passes requests on to an application that is made once; until then who asks waits for it.

    Parameters
    ----------
    make
        Makes it.
    at_once
        Answers some requests the same without it, and gives None for others.
    """

    def __init__(
        self,
        make: Callable[[], ASGIApp],
        *,
        at_once: Callable[[Request], Awaitable[Response | None]],
    ) -> None:
        self._app: ASGIApp | None = None
        self._make = make
        self._at_once = at_once
        self._lock = threading.Lock()

    def made(self) -> ASGIApp:
        """Return the application; who comes while it is made waits."""
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app

    def warm(self, reader: Reader) -> None:  # noqa: ARG002 - as what else is warmed
        """Make the application as the server warms up."""
        self.made()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if app is None and scope["type"] == "http":
            response = await self._at_once(Request(scope, receive))
            if response is not None:
                await response(scope, receive, send)
                return
        if app is None:
            app = await run_in_threadpool(self.made)
        await app(scope, receive, send)
