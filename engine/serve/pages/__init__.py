"""The web pages."""

from pathlib import Path

from fastapi import APIRouter

STATIC = Path(__file__).parent / "static"
"""Style sheets and scripts."""

router = APIRouter(include_in_schema=False)
