"""The JSON API: one module a subject."""

from fastapi import APIRouter, Depends

from engine.serve.api import (
    corrections,
    feeds,
    nights,
    operation,
    searching,
    stories,
    together,
    watches,
)
from engine.serve.given import needs
from engine.serve.tokens import Scope

router = APIRouter()
router.include_router(operation.public)
for subject in (
    searching.router,
    stories.router,
    stories.rising,
    stories.articles,
    together.router,
    together.coverages,
    corrections.router,
    corrections.labels,
    watches.router,
    nights.router,
    operation.router,
    feeds.router,
):
    router.include_router(subject, dependencies=[Depends(needs(Scope.READ))])
