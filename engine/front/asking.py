"""What the requests of a front share: who may ask, and which shards had a part in the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from engine.client.calls import Call
from engine.errors import ListChangedError
from engine.front.settings import FrontSettings
from engine.front.shards import AllShards, Answers, IncompleteError
from engine.serve.given import bearer
from engine.serve.problems import MEDIA_TYPE, RETRY_SECONDS, ProblemError, problem_of
from engine.serve.tokens import found
from engine.serve.values import Found, Matched, MissingShard, Shards

T = TypeVar("T")
Compared = TypeVar("Compared", Found, Matched)

SHARDS = "Engine-Shards"
"""Header that says which shards an answer is of, as JSON."""


WHOLE = "Answer with 503 rather than without a shard."
"""What `complete` asks for."""


@dataclass(frozen=True, slots=True)
class Front:
    """What every request of one front shares: as it was started, and what it asks."""

    settings: FrontSettings
    shards: AllShards


async def front_of(request: Request) -> Front:
    """Return the front that answers `request`."""
    front: Front = request.app.state.front
    return front


Fronting = Annotated[Front, Depends(front_of)]


async def may_read(
    request: Request, front: Fronting, _: Annotated[object, Depends(bearer)]
) -> None:
    """Let those through who have a token, and anybody where only this machine reaches the front.

    Raises
    ------
    ProblemError
        The token is none, or none is given and one is needed.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if not scheme and front.settings.is_open:
        return
    if scheme.lower() != "bearer" or found(front.settings.tokens, secret.strip()) is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "a token of this server's ENGINE_TOKENS is needed",
            {"WWW-Authenticate": "Bearer"},
        )


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks shards for one request, whose answer says which had a part in it.

    Attributes
    ----------
    shards
        All there are.
    response
        That is sent in the end.
    complete
        Whether no shard may be missing.
    """

    shards: AllShards
    response: Response
    complete: bool

    async def ask_all(self, call: Call[T]) -> Answers[T]:
        """Ask all shards the same; raises as `Answers.expect`."""
        return self._told(await self.shards.ask_all(call))

    async def first(self, call: Call[T]) -> T:
        """Return what the first shard answers that has it; raises as `Answers.expect`."""
        answers = await self.ask_all(call)
        return next(iter(answers.given.values()))

    async def ask(
        self, asked: Mapping[str, Call[T]], *, missing: Sequence[MissingShard] = ()
    ) -> Answers[T]:
        """Ask some shards; see `AllShards.ask` and `Answers.expect`."""
        return self._told(await self.shards.ask(asked, missing=missing))

    async def compare(
        self, asked: Mapping[str, Call[Compared]], *, missing: Sequence[MissingShard] = ()
    ) -> Answers[Compared]:
        """Ask for what has cosines; see `AllShards.compare` and `Answers.expect`."""
        return self._told(await self.shards.compare(asked, missing=missing))

    def _told(self, answers: Answers[T]) -> Answers[T]:
        answers.expect(complete=self.complete)
        self.response.headers[SHARDS] = as_header(answers.shards)
        return answers


async def asker_of(
    front: Fronting,
    response: Response,
    *,
    complete: Annotated[bool, Query(description=WHOLE)] = False,
) -> Asker:
    """Return what asks the shards for a request."""
    return Asker(front.shards, response, complete)


Asking = Annotated[Asker, Depends(asker_of)]


def as_header(shards: Shards) -> str:
    """Return which shards answered as one line of ASCII."""
    return json.dumps(shards.to_dict())


def add_incompleteness(app: FastAPI) -> None:
    """Let what cannot be answered without a missing shard be a problem that names it."""

    @app.exception_handler(IncompleteError)
    async def _(request: Request, error: IncompleteError) -> Response:  # noqa: ARG001
        missing = "; ".join(f"{one.url}: {one.why}" for one in error.shards.missing)
        problem = problem_of(HTTPStatus.SERVICE_UNAVAILABLE, f"shards are missing: {missing}")
        return JSONResponse(
            problem.to_dict() | {"shards": error.shards.to_dict()},
            problem.status,
            headers={SHARDS: as_header(error.shards), "Retry-After": str(RETRY_SECONDS)},
            media_type=MEDIA_TYPE,
        )

    @app.exception_handler(ListChangedError)
    async def _(request: Request, error: ListChangedError) -> Response:  # noqa: ARG001
        problem = problem_of(HTTPStatus.GONE, str(error))
        return JSONResponse(problem.to_dict(), problem.status, media_type=MEDIA_TYPE)
