"""What the articles of a story state differently."""

from __future__ import annotations

from fastapi import APIRouter

from engine.claims.comparing import Difference
from engine.jobs.differ import disagreements
from engine.jobs.history import live_story
from engine.serve.api.asking import StoryId
from engine.serve.freshness import Fresh
from engine.serve.services import Reading

router = APIRouter(prefix="/stories", tags=["stories"], dependencies=[Fresh])


@router.get("/{story}/disagreements")
def disagreements_of_story(story: StoryId, reader: Reading) -> list[Difference]:
    """Return the numbers that outlets state differently, and who says which since when."""
    return disagreements(reader, live_story(reader, story))
