"""Who asks, and what he may do."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request

from engine.serve.problems import ProblemError
from engine.serve.services import Services
from engine.serve.sessions import COOKIE, Session
from engine.serve.tokens import Scope, found

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    name
        Of the token; empty: nobody in particular.
    scope
        What he may do; None: nothing.
    session
        In the pages; None where a token came with the request.
    """

    name: str = ""
    scope: Scope | None = None
    session: Session | None = None

    def may(self, wanted: Scope) -> bool:
        """Tell whether he may do what needs `wanted`."""
        return self.scope is not None and self.scope.allows(wanted)


async def caller_of(request: Request, services: Services) -> Caller:
    """Return who sends a request: by its token, else by its cookie, else anybody.

    Raises
    ------
    ProblemError
        The token is none, or a form does not come from the pages.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        token = found(services.tokens(), _secret(scheme.lower(), secret.strip()))
        if token is None:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "there is no such token; 'engine tokens add' makes one",
                {"WWW-Authenticate": "Bearer"},
            )
        return Caller(token.name, token.scope)
    session = services.sessions.find(request.cookies.get(COOKIE))
    if session is not None:
        if request.method not in SAFE_METHODS:
            await expect_own_form(request, session)
        return Caller(session.name, session.scope, session)
    return Caller(scope=Scope.READ if services.settings.is_open else None)


def _secret(scheme: str, text: str) -> str:
    """Return the token in a header; feed readers know names and passwords, of which it is one."""
    if scheme != "basic":
        return text
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


async def expect_own_form(request: Request, session: Session) -> None:
    """Refuse what a page elsewhere makes a browser send with its cookie.

    Raises
    ------
    ProblemError
        Neither a header nor a field of the form holds what the pages gave to this session.
    """
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("Content-Type", "").startswith(FORM):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else None
    if given is None or not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "this form is not from here or is old; load the page again"
        )
