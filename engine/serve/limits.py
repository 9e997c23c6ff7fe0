"""The gate of the server: turns away what is too large, too much, too often or too slow."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.serve.problems import RETRY_SECONDS, ProblemError, answer, problem_of
from engine.serve.settings import Limits

MOST_ADDRESSES = 10_000
"""Addresses whose requests are counted; the one not heard of for longest is forgotten."""

SECONDS_OF_A_MINUTE = 60.0

_PORT = re.compile(r":\d*$")


class Gate:
    """Lets requests through to an application as far as `Limits` allows.

    What takes too long is answered with an error, and keeps its place among those
    `Limits.at_once` until it is done: a thread cannot be stopped.

    Parameters
    ----------
    app
        The application.
    limits
        What is turned away.
    names
        What requests may call the server; empty: anything.
    """

    def __init__(self, app: ASGIApp, limits: Limits, names: Sequence[str]) -> None:
        self._app = app
        self._limits = limits
        self._names = frozenset(names)
        self._inside: set[asyncio.Future[None]] = set()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._expect_room(scope)
            body = await self._body(scope, receive)
        except ProblemError as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        way_out = _WayOut(send)
        task = asyncio.ensure_future(self._app(scope, _given(body, receive), way_out))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        await asyncio.wait({task}, timeout=self._limits.seconds)
        if task.done() or way_out.begun:
            await task
        else:
            way_out.closed = True
            late = ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "this takes too long; ask for less")
            await _refuse(late, scope, receive, send)

    def _expect_room(self, scope: Scope) -> None:
        """Turn away a request before its body is read."""
        name = _PORT.sub("", Headers(scope=scope).get("host", ""))
        if self._names and name not in self._names:
            raise ProblemError(
                HTTPStatus.MISDIRECTED_REQUEST, "this server is not called so; see --name"
            )
        if len(self._inside) >= self._limits.at_once:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "too many requests at once; ask again", _LATER
            )
        if not self._has_some_left((scope.get("client") or ("",))[0]):
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests in a minute; ask again", _LATER
            )

    def _has_some_left(self, address: str) -> bool:
        """Take one of the requests that an address has left; they come back with time."""
        most, now = float(self._limits.per_minute), time.monotonic()
        left, since = self._left.pop(address, (most, now))
        left = min(most, left + (now - since) * most / SECONDS_OF_A_MINUTE)
        self._left[address] = (max(0.0, left - 1), now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        return left >= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body of a request."""
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self._limits.body_bytes:
            raise _too_large(self._limits)
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await _read(receive, self._limits)
        except TimeoutError as error:
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, "the request came too slowly") from error


_LATER = {"Retry-After": str(RETRY_SECONDS)}


class _WayOut:
    """Passes on what an application sends, until it is closed."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.closed = False

    async def __call__(self, message: Message) -> None:
        if not self.closed:
            self.begun = True
            await self._send(message)


async def _read(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
        if sum(map(len, parts)) > limits.body_bytes:
            raise _too_large(limits)
    return b"".join(parts)


def _too_large(limits: Limits) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {limits.body_bytes} bytes"
    )


def _given(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return left.pop() if left else await receive()

    return give


async def _refuse(why: ProblemError, scope: Scope, receive: Receive, send: Send) -> None:
    response = answer(Request(scope), problem_of(why.status, why.detail), why.headers)
    await response(scope, receive, send)
