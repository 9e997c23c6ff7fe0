"""Errors as RFC 9457 says them: one shape, one sentence, and nothing of the inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from engine.domain import Value
from engine.errors import EngineError, InputError, LockedError, NotFoundError

MEDIA_TYPE = "application/problem+json"
API = "/v1"

FAILED = "the server failed; its log says where"

RETRY_SECONDS = 5
"""After which one that was turned away had better ask again."""


PROBLEM_PAGE = "problem_page"
"""Where the state of the application has what makes a page of a problem."""


@dataclass(frozen=True, slots=True)
class Fault(Value):
    """One field of a request that cannot be used: where it is, and what was expected."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem(Value):
    """An error as RFC 9457 says it.

    Attributes
    ----------
    type
        Always ``about:blank``: `code` tells more.
    title
        Name of the status.
    status
        Of HTTP.
    detail
        One sentence for a person.
    code
        For programs: the status in words, or what the engine calls it.
    errors
        The fields that cannot be used.
    """

    title: str
    status: int
    detail: str
    code: str
    errors: tuple[Fault, ...] = ()
    type: str = "about:blank"


ProblemPage: TypeAlias = Callable[[Request, Problem, Mapping[str, str] | None], Response]


class ProblemError(Exception):
    """Ends a request with a problem.

    Parameters
    ----------
    status
        Of HTTP.
    detail
        One sentence for a person.
    headers
        Of the answer.
    """

    def __init__(
        self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem_of(
    status: int, detail: str, *, code: str = "", errors: tuple[Fault, ...] = ()
) -> Problem:
    """Return the problem of an HTTP status."""
    title = HTTPStatus(status).phrase
    return Problem(title, status, detail, code or title.lower().replace(" ", "-"), errors)


async def told(request: Request, error: Exception) -> Response:
    """Return an error that requests may end with as a problem; `TOLD` lists their types."""
    if isinstance(error, ProblemError):
        return answer(request, problem_of(error.status, error.detail), error.headers)
    if isinstance(error, HTTPException):
        detail = _SAID.get(error.status_code, f"{error.detail}")
        return answer(request, problem_of(error.status_code, detail), error.headers)
    status, detail = _engine_status(error)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status in {423, 503} else None
    return answer(request, problem_of(status, detail), headers)


TOLD = (ProblemError, HTTPException, EngineError)


_SAID = {
    404: "there is nothing at this address",
    405: "this address does not know this method",
}


def _engine_status(error: Exception) -> tuple[int, str]:
    if isinstance(error, InputError):
        return 422, str(error)
    if isinstance(error, NotFoundError):
        return 404, str(error)
    if isinstance(error, LockedError):
        return 423, "another run is writing to the base; ask again when it has ended"
    # What these say names files of the server.
    return 503, "the base cannot answer just now; its operator finds the reason by 'engine verify'"


def answer(
    request: Request, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a problem as JSON to programs, and to people as `ProblemPage` has it, else as text."""
    if request.url.path.startswith(f"{API}/"):
        return JSONResponse(
            problem.to_dict(), problem.status, headers=headers, media_type=MEDIA_TYPE
        )
    app = request.scope.get("app")
    page: ProblemPage | None = None if app is None else getattr(app.state, PROBLEM_PAGE, None)
    if page is not None:
        return page(request, problem, headers)
    return PlainTextResponse(f"{problem.title}: {problem.detail}\n", problem.status, headers)
