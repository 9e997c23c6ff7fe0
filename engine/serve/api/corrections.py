"""What a person says: of stories, kept by every later night; of pairs, from which is learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import InputError, NotFoundError
from engine.facade import Base
from engine.jobs.clustering.calibrate import doubtful_pairs
from engine.jobs.clustering.correct import (
    Corrected,
    InForce,
    all_answers,
    corrections_in_force,
)
from engine.jobs.lookup.answers import PairLabel
from engine.serve.api.asking import Id
from engine.serve.freshness import Fresh
from engine.serve.given import Reading, Serving, needs
from engine.serve.services import Services
from engine.serve.tokens import Scope
from engine.serve.values import Doubt, Kept

router = APIRouter(prefix="/corrections", tags=["corrections"])
labels = APIRouter(prefix="/labels", tags=["labels"])
"""For the pairs of articles of which the engine is least sure, and the answers."""

CORRECTS = [Depends(needs(Scope.CORRECT))]

MOST_NAMED = 1_000
"""Stories or articles of one correction."""

MOST_PAIRS = 100
"""Pairs of one request."""

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


class Label(Said):
    """Whether two articles report one event."""

    a: Id
    b: Id
    same_event: bool


@labels.get("")
def doubts(reader: Reading, n: Annotated[int, Query(ge=1, le=MOST_PAIRS)] = 20) -> list[Doubt]:
    """Return the pairs whose answers would teach most, none that was answered."""
    return [Doubt(*pair) for pair in doubtful_pairs(reader, n, answered=all_answers(reader))]


@labels.post("", dependencies=CORRECTS)
def answer(said: Label, reader: Reading, services: Serving) -> Kept:
    """Keep an answer, from which `engine calibrate` learns."""
    if said.a == said.b:
        raise InputError(f"expected two articles, got {said.a!r} twice")
    if missing := {said.a, said.b} - set(reader.articles([said.a, said.b])):
        raise NotFoundError(f"there is no article with id {min(missing)!r}")
    label = PairLabel(said.a, said.b, said.same_event)
    services.base.answer(label)
    return Kept(label, len(all_answers(reader)))
