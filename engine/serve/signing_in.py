"""Signing in to the pages with a token, and out again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from engine.serve.given import Asking, Serving
from engine.serve.problems import ProblemError
from engine.serve.sessions import COOKIE, LASTS
from engine.serve.tokens import found

router = APIRouter(prefix="/session", include_in_schema=False)

FIRST_PAGE = "/"


@router.post("")
async def begin(
    request: Request, services: Serving, token: Annotated[str, Form(max_length=200)]
) -> RedirectResponse:
    """Sign in with a token and go to the first page."""
    _expect_here(request)
    known = found(services.tokens(), token.strip())
    if known is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "there is no such token")
    session = services.sessions.begin(known.name, known.scope)
    answer = RedirectResponse(FIRST_PAGE, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        session.id,
        max_age=int(LASTS.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/end")
async def end(services: Serving, caller: Asking) -> RedirectResponse:
    """Sign out and go to the first page."""
    if caller.session is not None:
        services.sessions.end(caller.session.id)
    answer = RedirectResponse(FIRST_PAGE, HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer


def _expect_here(request: Request) -> None:
    """Refuse a form that a page elsewhere sent: it would sign its reader in as somebody else."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
        raise ProblemError(HTTPStatus.FORBIDDEN, "this form is not from here")
