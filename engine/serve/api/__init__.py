"""The JSON API: one module a subject."""

from fastapi import APIRouter, Depends

from engine.serve.api import (
    articles,
    corrections,
    feeds,
    labels,
    operation,
    searching,
    stories,
    watches,
)
from engine.serve.callers import needs
from engine.serve.tokens import Scope

router = APIRouter()
router.include_router(operation.public)
for subject in (searching, stories, articles, corrections, labels, watches, operation, feeds):
    router.include_router(subject.router, dependencies=[Depends(needs(Scope.READ))])
