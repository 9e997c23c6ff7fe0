"""The JSON API: one module a subject."""

from fastapi import APIRouter

from engine.serve.api import stories

router = APIRouter()
router.include_router(stories.router)
