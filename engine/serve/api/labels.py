"""The pairs of articles of which the engine is least sure, and what people say of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from engine.errors import InputError, NotFoundError
from engine.jobs.clustering.calibrate import doubtful_pairs
from engine.jobs.clustering.correct import all_answers
from engine.jobs.lookup.answers import PairLabel
from engine.serve.api.asking import Id
from engine.serve.given import Reading, Serving, needs
from engine.serve.tokens import Scope
from engine.serve.values import Doubt, Kept

router = APIRouter(prefix="/labels", tags=["labels"])

MOST_PAIRS = 100
"""Pairs of one request."""


class Label(BaseModel):
    """Whether two articles report one event."""

    model_config = ConfigDict(extra="forbid")

    a: Id
    b: Id
    same_event: bool


@router.get("")
def doubts(reader: Reading, n: Annotated[int, Query(ge=1, le=MOST_PAIRS)] = 20) -> list[Doubt]:
    """Return the pairs whose answers would teach most, none that was answered."""
    return [Doubt(*pair) for pair in doubtful_pairs(reader, n, answered=all_answers(reader))]


@router.post("", dependencies=[Depends(needs(Scope.CORRECT))])
def answer(said: Label, reader: Reading, services: Serving) -> Kept:
    """Keep an answer, from which `engine calibrate` learns."""
    if said.a == said.b:
        raise InputError(f"expected two articles, got {said.a!r} twice")
    if missing := {said.a, said.b} - set(reader.articles([said.a, said.b])):
        raise NotFoundError(f"there is no article with id {min(missing)!r}")
    label = PairLabel(said.a, said.b, said.same_event)
    services.base.answer(label)
    return Kept(label, len(all_answers(reader)))
