"""What every request of one server shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response

from engine.errors import NotFoundError
from engine.facade import Base
from engine.jobs.session import Reader
from engine.serve.live import LiveReader
from engine.serve.problems import RETRY_SECONDS, ProblemError
from engine.serve.sessions import Sessions
from engine.serve.settings import Settings
from engine.serve.tokens import Token, TokenFile

GENERATION = "Engine-Generation"
"""Header that names the generation that an answer is of."""


@dataclass(frozen=True, slots=True)
class Services:
    """What every request of one server shares.

    Attributes
    ----------
    settings
        As the server was started.
    live
        Holds the live generation.
    base
        For what writes; what it published is followed by `live`.
    token_file
        The tokens of the base.
    sessions
        Who is signed in.
    """

    settings: Settings
    live: LiveReader
    base: Base
    token_file: TokenFile
    sessions: Sessions

    @classmethod
    def over(cls, settings: Settings, *, warm: Callable[[Reader], None]) -> Services:
        """Return the services of a server, of which nothing is opened yet.

        Parameters
        ----------
        settings
            As the server is started.
        warm
            Makes what answers need of a generation, before requests are given it.
        """
        base = Base(settings.folder, settings.setup)
        asking = replace(settings.setup, many_questions=True)
        return cls(
            settings,
            LiveReader(base.layout, asking, warm=warm, every=settings.follow_every),
            base,
            TokenFile(base.layout.tokens),
            Sessions(settings.setup.clock),
        )

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens that are known now."""
        return (*self.settings.tokens, *self.token_file.tokens())


async def services_of(request: Request) -> Services:
    """Return the services of the server that answers `request`."""
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(services_of)]


async def reader_of(services: Serving, response: Response) -> Reader:
    """Return the reader of a request, which it keeps to its end; the answer names its generation.

    Raises
    ------
    ProblemError
        Nothing is published yet.
    """
    try:
        reader = services.live.reader
    except NotFoundError as error:
        later = {"Retry-After": str(RETRY_SECONDS)}
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), later) from error
    response.headers[GENERATION] = reader.generation.name
    return reader


Reading = Annotated[Reader, Depends(reader_of)]
