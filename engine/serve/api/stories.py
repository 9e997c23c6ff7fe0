"""Stories of the live generation."""

from __future__ import annotations

from fastapi import APIRouter

from engine.domain import Story
from engine.jobs.history import live_story
from engine.serve.services import Reading

router = APIRouter(prefix="/stories", tags=["stories"])


@router.get("/{story}")
def show(story: str, reader: Reading) -> Story:
    """Return one story; the id of one that was merged leads to the survivor."""
    return live_story(reader, story)
