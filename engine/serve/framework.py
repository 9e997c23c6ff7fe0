"""An application of FastAPI as every server here has it: its errors are problems."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.types import Lifespan

from engine.serve.answers import Json
from engine.serve.description import describe
from engine.serve.problems import API, FAILED, TOLD, Fault, answer, problem_of, told
from engine.version import VERSION


def bare_app(title: str, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Return an application that says what it is and answers nothing yet."""
    app = FastAPI(
        title=title,
        version=VERSION,
        lifespan=lifespan,
        default_response_class=Json,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # these load scripts from elsewhere
        redoc_url=None,
    )
    for kind in TOLD:
        app.add_exception_handler(kind, told)
    app.add_exception_handler(RequestValidationError, _told_of_fields)
    app.add_exception_handler(Exception, _failed)
    describe(app)
    return app


async def _told_of_fields(request: Request, error: Exception) -> Response:
    # Neither the value nor its context is told back: it may be large, secret or no text.
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    faults = tuple(Fault("/".join(map(str, one["loc"])), str(one["msg"])) for one in found)
    detail = "the request cannot be used; 'errors' names the fields"
    return answer(request, problem_of(422, detail, errors=faults))


async def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001 - its words may be texts
    """Answer; the error goes on to `Border`, which logs it."""
    return answer(request, problem_of(500, FAILED))
