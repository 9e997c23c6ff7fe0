"""What endpoints are given of a request: the services, a reader, who asks, and a turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from engine.jobs.base.reader import Reader
from engine.serve.callers import Caller, caller_of
from engine.serve.problems import ProblemError
from engine.serve.services import GENERATION, Services
from engine.serve.tokens import Scope

bearer = HTTPBearer(
    auto_error=False,
    description="A token of `engine tokens add`; reading from this machine needs none.",
)
"""Says in OpenAPI that tokens are sent as ``Authorization: Bearer``."""


async def services_of(request: Request) -> Services:
    """Return the services of the server that answers `request`."""
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(services_of)]


async def reader_of(services: Serving, response: Response) -> Reader:
    """Return the reader of a request, which it keeps to its end; the answer names its generation.

    Raises as `Services.reader`.
    """
    reader = services.reader
    response.headers[GENERATION] = reader.generation.name
    return reader


Reading = Annotated[Reader, Depends(reader_of)]


async def take_turn(services: Serving) -> AsyncIterator[None]:
    """Let a request search when it is its turn.

    It ends once the answer is made: a client that takes it in slowly keeps nobody waiting.
    """
    services.live.n_searching += 1  # in the one thread of the loop
    try:
        async with services.turns:
            yield
    finally:
        services.live.n_searching -= 1


Turn = Depends(take_turn, scope="function")
"""For what encodes texts and searches."""


async def asker_of(request: Request, services: Serving) -> Caller:
    """Return who sends a request; see `caller_of`."""
    return await caller_of(request, services)


Asking = Annotated[Caller, Depends(asker_of)]


def needs(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets those through who may do what needs `scope`."""

    async def checked(caller: Asking, _: Annotated[object, Depends(bearer)]) -> Caller:
        if caller.may(scope):
            return caller
        if caller.scope is None:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED, "a token is needed", {"WWW-Authenticate": "Bearer"}
            )
        raise ProblemError(
            HTTPStatus.FORBIDDEN, f"this needs a token with the scope '{scope.value}'"
        )

    return checked


MayRead = Annotated[Caller, Depends(needs(Scope.READ))]
MayCorrect = Annotated[Caller, Depends(needs(Scope.CORRECT))]
MayAdminister = Annotated[Caller, Depends(needs(Scope.ADMIN))]
