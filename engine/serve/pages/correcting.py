"""The forms by which people correct stories, let a held night through and answer for pairs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from engine.errors import InputError
from engine.jobs.lookup.answers import PairLabel
from engine.serve.given import MayAdminister, MayCorrect, Serving
from engine.serve.pages.labelling import MOST_SKIPPED, joined
from engine.serve.pages.rendering import address, local_path
from engine.serve.services import Services

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Form(max_length=600)]
Ids = Annotated[list[str], Form(max_length=2000)]


def _shown(services: Services, path: str, done: str) -> RedirectResponse:
    """Go to a page of what was just published."""
    services.live.follow()
    return RedirectResponse(f"{path}?done={done}", HTTPStatus.SEE_OTHER)


def _story(id_: str) -> str:
    return f"/stories/{address(id_)}"


@router.post("/stories/{story}/merge")
def merge(services: Serving, _: MayCorrect, story: str, other: Id) -> RedirectResponse:
    """Make one story of two."""
    done = services.base.merge([story, other.strip()])
    return _shown(services, _story(done.story), "merge")


@router.post("/stories/{story}/split")
def split(services: Serving, _: MayCorrect, story: str, article: Ids = []) -> RedirectResponse:  # noqa: B006 - never changed
    """Take articles out of a story."""
    services.base.split(story, _ticked(article))
    return _shown(services, _story(story), "split")


@router.post("/stories/{story}/pin")
def pin(services: Serving, _: MayCorrect, story: str, article: Ids = []) -> RedirectResponse:  # noqa: B006 - never changed
    """Keep articles in their story."""
    for id_ in _ticked(article):
        services.base.pin(id_)
    return _shown(services, _story(story), "pin")


@router.post("/stories/{story}/move")
def move(
    services: Serving,
    _: MayCorrect,
    story: str,
    target: Id = "",
    article: Ids = [],  # noqa: B006 - never changed
) -> RedirectResponse:
    """Put articles into another story."""
    if not target.strip():
        raise InputError("expected the id of the story to move to")
    for id_ in _ticked(article):
        services.base.move(id_, target.strip())
    return _shown(services, _story(story), "move")


@router.post("/corrections/{run}/undo")
def undo(
    services: Serving, _: MayCorrect, run: int, back: Annotated[str, Form(max_length=2000)] = "/"
) -> RedirectResponse:
    """Take back a correction."""
    services.base.undo(run)
    return _shown(services, local_path(back).partition("?")[0], "undo")


@router.post("/nights/{run}/approve")
def approve(services: Serving, _: MayAdminister, run: int) -> RedirectResponse:
    """Publish the stories of a night that was held back."""
    services.base.approve(run)
    return _shown(services, "/night", "approve")


@router.post("/label")
def label(
    services: Serving,
    _: MayCorrect,
    a: Id,
    b: Id,
    answer: Annotated[Literal["yes", "no", "skip"], Form()],
    skipped: Ids = [],  # noqa: B006 - never changed
) -> RedirectResponse:
    """Keep an answer, or pass a pair over, and show the next one."""
    if answer == "skip":
        skipped = [*skipped, joined(a, b)][-MOST_SKIPPED:]
    else:
        services.base.answer(PairLabel(a, b, answer == "yes"))
    query = urlencode([("skipped", pair) for pair in skipped])
    return RedirectResponse(f"/label?{query}" if query else "/label", HTTPStatus.SEE_OTHER)


def _ticked(articles: list[str]) -> list[str]:
    if not articles:
        raise InputError("expected an article to be ticked")
    return articles
