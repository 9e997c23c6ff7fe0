"""What a person says of stories: done at once, and kept by every later night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from engine.facade import Base
from engine.jobs.clustering.correct import Corrected, InForce, corrections_in_force
from engine.serve.api.asking import Id
from engine.serve.freshness import Fresh
from engine.serve.given import Reading, Serving, needs
from engine.serve.services import Services
from engine.serve.tokens import Scope

router = APIRouter(prefix="/corrections", tags=["corrections"])

CORRECTS = [Depends(needs(Scope.CORRECT))]

MOST_NAMED = 1_000
"""Stories or articles of one correction."""

Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_NAMED)]


class Said(BaseModel):
    """What a person says."""

    model_config = ConfigDict(extra="forbid")


class Merge(Said):
    """Several stories are one."""

    stories: Annotated[list[Id], Field(min_length=2, max_length=MOST_NAMED)]


class Split(Said):
    """Some articles are not of that story."""

    story: Id
    articles: Ids


class Move(Said):
    """An article is of that story."""

    article: Id
    story: Id


class Pin(Said):
    """An article stays in its story."""

    article: Id


class Undo(Said):
    """What was said in that run holds no more."""

    run: int = Field(ge=1, le=2**53)


@router.get("", dependencies=[Fresh])
def in_force(reader: Reading) -> list[InForce]:
    """Return the corrections that every night keeps to, oldest first."""
    return corrections_in_force(reader)


@router.post("/merge", dependencies=CORRECTS)
def merge(said: Merge, services: Serving) -> Corrected:
    """Make one story of several; the largest keeps its id."""
    return corrected(services, lambda base: base.merge(said.stories))


@router.post("/split", dependencies=CORRECTS)
def split(said: Split, services: Serving) -> Corrected:
    """Take articles out of a story; two or more become a story of their own."""
    return corrected(services, lambda base: base.split(said.story, said.articles))


@router.post("/move", dependencies=CORRECTS)
def move(said: Move, services: Serving) -> Corrected:
    """Put an article into a story."""
    return corrected(services, lambda base: base.move(said.article, said.story))


@router.post("/pin", dependencies=CORRECTS)
def pin(said: Pin, services: Serving) -> Corrected:
    """Keep an article in the story in which it is."""
    return corrected(services, lambda base: base.pin(said.article))


@router.post("/undo", dependencies=CORRECTS)
def undo(said: Undo, services: Serving) -> Corrected:
    """Take back a correction."""
    return corrected(services, lambda base: base.undo(said.run))


def corrected(services: Services, correct: Callable[[Base], Corrected]) -> Corrected:
    """Correct the base, and show it to whoever asks next.

    Raises
    ------
    LockedError
        A run is writing for longer than is waited for.
    """
    done = correct(services.base)
    services.live.follow()
    return done
