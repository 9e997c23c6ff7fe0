"""The pages of watches, and the forms that add and remove them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from engine.jobs.lookup.watches import MOST_NAMED, Watch, kept_watch, kept_watches
from engine.reports.telling import new_to_watches
from engine.reports.watch_news import past
from engine.serve.given import MayCorrect, MayRead, Reading, Serving
from engine.serve.pages.rendering import address, page
from engine.serve.pages.today import choices

router = APIRouter(include_in_schema=False)

LONGEST_TEXT = 20_000
"""Characters of a text that is watched; the first ones are embedded."""

Said = Annotated[str, Form(max_length=600)]


@router.get("/watches")
def show_watches(
    request: Request, reader: Reading, caller: MayRead, story: str = "", article: str = ""
) -> HTMLResponse:
    """Show the watches, and a form for another one: of a text, or what the address names."""
    values = {
        "watches": [kept.watch for kept in kept_watches(reader.layout).values()],
        "languages": reader.once(choices)[0],
        "story": story,
        "article": article,
        "generation": reader.generation.name,
        "published": reader.generation.manifest.created,
    }
    return page(request, caller, "watches", values, here="watches")


@router.get("/watches/{name}")
def show_watch(request: Request, reader: Reading, caller: MayRead, name: str) -> HTMLResponse:
    """Show what is new to a watch, and what it was told lately."""
    values = {
        "told": past(reader, kept_watch(reader.layout, name)),
        "new": new_to_watches(reader, name)[0].entries,
        "generation": reader.generation.name,
        "published": reader.generation.manifest.created,
    }
    return page(request, caller, "watch", values, here="watches")


@router.post("/watches")
def add(
    services: Serving,
    _: MayCorrect,
    name: Annotated[str, Form(max_length=MOST_NAMED)] = "",
    text: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    story: Said = "",
    article: Said = "",
    language: Said = "",
    outlet: Said = "",
) -> RedirectResponse:
    """Save a query; where it is sent is said on the command line and in the API."""
    kept = services.base.add_watch(
        Watch(
            name.strip(),
            text=text.strip(),
            story=story.strip(),
            articles=tuple(article.split()),
            languages=(language,) if language else (),
            sources=(outlet.strip(),) if outlet.strip() else (),
        )
    )
    return RedirectResponse(f"/watches/{address(kept.name)}?done=watch", HTTPStatus.SEE_OTHER)


@router.post("/watches/{name}/remove")
def remove(services: Serving, _: MayCorrect, name: str) -> RedirectResponse:
    """Forget a watch."""
    services.base.remove_watch(name)
    return RedirectResponse("/watches?done=unwatch", HTTPStatus.SEE_OTHER)
