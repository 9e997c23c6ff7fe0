"""Watches: saved queries that are told each night what is new to them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from engine.jobs.lookup.watches import MOST_NAMED, Watch, kept_watch, kept_watches
from engine.reports.telling import new_to_watches
from engine.reports.watch_news import WatchNews, past
from engine.serve.api.asking import MOST_FILTERED, Id, Short, Text
from engine.serve.given import MayCorrect, Reading, Serving, needs
from engine.serve.problems import ProblemError
from engine.serve.tokens import Scope

router = APIRouter(prefix="/watches", tags=["watches"])

WatchName = Annotated[
    str, Path(min_length=1, max_length=MOST_NAMED, description="Name of the watch.")
]

MOST_ADDRESSES = 20
"""To which a watch is mailed."""


class Saved(BaseModel):
    """A query to save: exactly one of a text, a story and articles."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MOST_NAMED, examples=["bridges"])
    text: Text | None = Field(None, examples=["Een brug is ingestort na zware regen"])
    story: Id | None = None
    articles: list[Id] = Field([], max_length=MOST_NAMED)
    languages: list[Short] = Field([], max_length=MOST_FILTERED)
    sources: list[Short] = Field([], max_length=MOST_FILTERED, description="Outlets.")
    mail: list[Short] = Field([], max_length=MOST_ADDRESSES, description="Needs scope 'admin'.")
    webhook: Id | None = Field(None, description="Needs scope 'admin'.")


@router.get("")
def watches(reader: Reading) -> list[Watch]:
    """Return the watches, in the order in which they were added."""
    return [kept.watch for kept in kept_watches(reader.layout).values()]


@router.post("", status_code=HTTPStatus.CREATED)
def add(said: Saved, services: Serving, caller: MayCorrect) -> Watch:
    """Save a query, which is told what comes in from now on.

    Who may not administer cannot have the server send: that would be to any address.
    """
    if (said.mail or said.webhook) and not caller.may(Scope.ADMIN):
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "mail and webhook need a token with the scope 'admin'"
        )
    watch = Watch(
        said.name,
        text=said.text or "",
        story=said.story or "",
        articles=tuple(said.articles),
        languages=tuple(said.languages),
        sources=tuple(said.sources),
    )
    return services.base.add_watch(watch, mail=said.mail, webhook=said.webhook or "")


@router.get("/{name}")
def told(reader: Reading, name: WatchName) -> WatchNews:
    """Return what a watch was told lately, the latest first."""
    return past(reader, kept_watch(reader.layout, name))


@router.get("/{name}/new")
def new(reader: Reading, name: WatchName) -> WatchNews:
    """Return what is new to a watch and was not told yet."""
    return new_to_watches(reader, name)[0]


@router.delete("/{name}", dependencies=[Depends(needs(Scope.CORRECT))])
def remove(services: Serving, name: WatchName) -> Watch:
    """Forget a watch, and what it was told; return it."""
    return services.base.remove_watch(name)
