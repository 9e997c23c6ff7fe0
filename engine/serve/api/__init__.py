"""The JSON API: one module a subject."""

from fastapi import APIRouter, Depends

from engine.serve.api import (
    articles,
    breaking,
    corrections,
    coverage,
    feeds,
    labels,
    matters,
    nights,
    operation,
    searching,
    stories,
    watches,
)
from engine.serve.given import needs
from engine.serve.tokens import Scope

router = APIRouter()
router.include_router(operation.public)
for subject in (
    searching,
    stories,
    breaking,
    articles,
    matters,
    coverage,
    corrections,
    labels,
    watches,
    nights,
    operation,
    feeds,
):
    router.include_router(subject.router, dependencies=[Depends(needs(Scope.READ))])
