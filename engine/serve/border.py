"""What every answer carries, and what is told of every request: how it went, never what it said."""

from __future__ import annotations

import json
import logging
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.serve.measures import Measures
from engine.serve.problems import API, FAILED, answer, problem_of

access = logging.getLogger("engine.serve.access")
faults = logging.getLogger("engine.serve.faults")

HEADERS = {
    # Scripts, styles and pictures are files of this server; nothing is embedded or sent elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # With none at all a browser says of its own forms, too, that they come from nowhere.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer, errors among them."""

UNMATCHED = "(none)"
"""What the log and the metrics call the address of a request that leads nowhere."""


class Border:
    """Adds headers to every answer, counts and logs it, and lets no error out.

    Parameters
    ----------
    app
        The application.
    measures
        Counts requests.
    """

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        way_out = _WayOut(send)
        since = time.perf_counter()
        try:
            await self._app(scope, receive, way_out)
        except Exception as error:  # noqa: BLE001 - it is logged, and the next request is served
            faults.error("%s", _place(error))
            if not way_out.status:
                problem = problem_of(500, FAILED)
                await answer(Request(scope), problem)(scope, receive, way_out)
        finally:
            self._tell(scope, way_out, time.perf_counter() - since)

    def _tell(self, scope: Scope, way_out: _WayOut, seconds: float) -> None:
        # The address as it is written in the code: ids and questions in it are nobody's business.
        address = _address(scope)
        self._measures.count(scope["method"], address, way_out.status, seconds)
        line = {
            "method": scope["method"],
            "address": address,
            "status": way_out.status,
            "ms": round(seconds * 1000, 1),
            "bytes": way_out.n_bytes,
        }
        access.info("%s", json.dumps(line))


class _WayOut:
    """Passes on what an application sends, with the headers of every answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.n_bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        self.n_bytes += len(message.get("body", b""))
        await self._send(message)


def _address(scope: Scope) -> str:
    path = str(getattr(scope.get("route"), "path", "") or UNMATCHED)
    if scope["path"].startswith(f"{API}/") and not path.startswith((API, UNMATCHED)):
        return f"{API}{path}"  # some versions of FastAPI leave out the prefix of a router
    return path


def _place(error: BaseException) -> str:
    """Return what kind of error it was and where; its own words may hold texts."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[-5:]]
    return f"{type(error).__name__} in {' > '.join(places)}"
