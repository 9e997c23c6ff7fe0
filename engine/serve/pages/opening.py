"""The first page: what makes it imports none of the others, as a server is to show it soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from engine.errors import EngineError
from engine.jobs.base.reader import Reader
from engine.serve.callers import Caller
from engine.serve.pages.rendering import page
from engine.serve.pages.today import Chosen, headlines_in, opened, today
from engine.serve.services import Services
from engine.serve.tokens import Scope


def page_address(number: int, **asked: str) -> str:
    """Return the address of a page of the list of stories."""
    return f"/?{urlencode(asked | {'page': number})}"


def first_page(
    request: Request,
    reader: Reader,
    caller: Caller,
    chosen: Chosen,
    *,
    headlines: str,
    address: Callable[[int], str],
) -> HTMLResponse:
    """Return the stories that have news.

    Parameters
    ----------
    request, reader, caller
        What was asked for, of what, and by whom.
    chosen
        Which stories.
    headlines
        Language of the headlines; empty: as they come.
    address
        Gives the address of another page of the same.
    """
    reader.once(opened)  # which keeps most of what follows
    found = today(reader, chosen)
    values = {
        "found": found,
        "chosen": chosen,
        "filtered": replace(chosen, page=1) != Chosen(),
        "headlines": headlines,
        "names": headlines_in(reader, [brief.story for brief in found.stories], headlines),
        "page_address": address,
    }
    return page(request, caller, "today", values | seen(reader), here="today")


def seen(reader: Reader) -> dict[str, object]:
    """Return what every page of a generation says of it."""
    manifest = reader.generation.manifest
    return {"generation": manifest.name, "published": manifest.created}


async def opening_page(request: Request) -> Response | None:
    """Return the first page for a person at this machine who asks for nothing else.

    Returns
    -------
    Response or None
        None: somebody else asks, or for more, or it cannot be shown.
    """
    services: Services = request.app.state.services
    asked = request.scope
    plain = asked["method"] == "GET" and asked["path"] == "/" and not asked["query_string"]
    if not plain or "Authorization" in request.headers or not services.settings.is_open:
        return None
    asked["route"] = _ROUTE  # which the log names
    try:
        return await run_in_threadpool(_opened, request, services)
    except EngineError:
        return None


def _opened(request: Request, services: Services) -> Response:
    if services.live.generation is None:
        services.live.follow()
    reader = services.live.reader
    reads = Caller(scope=Scope.READ)  # nobody can have signed in yet
    return first_page(request, reader, reads, Chosen(), headlines="", address=page_address)


_ROUTE = Route("/", opening_page)
