"""Marks by which a browser or a program learns that it has an answer already."""

from __future__ import annotations

from fastapi import Depends, FastAPI, Request, Response

from engine.serve.given import Reading
from engine.serve.states import state_of


class NotModifiedError(Exception):
    """Ends a request whose answer the asker has.

    Parameters
    ----------
    tag
        Of the answer.
    """

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def fresh(request: Request, response: Response, reader: Reading) -> None:
    """Give an answer its tag, unless the asker has it already.

    An answer that is made of a generation and of the articles in it is the same as long as no
    other generation is live, no article was edited, and nobody said otherwise who owns outlets
    or in which language headlines are wanted.

    Raises
    ------
    NotModifiedError
        The asker has what would be answered.
    """
    tag = f'"{state_of(reader)}"'
    known = request.headers.get("If-None-Match", "")
    if tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        raise NotModifiedError(f"W/{tag}")
    response.headers["ETag"] = f"W/{tag}"  # weak: it says nothing of the bytes, as compressed
    response.headers["Cache-Control"] = "private, no-cache"


Fresh = Depends(fresh)
"""For what is answered from a generation, its articles and what a person set."""


def add_freshness(app: FastAPI) -> None:
    """Let what the asker has be answered without a body."""

    @app.exception_handler(NotModifiedError)
    async def _(request: Request, error: NotModifiedError) -> Response:  # noqa: ARG001
        headers = {"ETag": error.tag, "Cache-Control": "private, no-cache"}
        return Response(status_code=304, headers=headers)
