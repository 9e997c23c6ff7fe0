"""What the workers of a run import before they are asked for anything."""

from __future__ import annotations

from importlib import import_module

from engine.index.faiss_index import load_faiss
from engine.words.cldr import places

STAGES = (
    "engine.index.time_shards",
    "engine.origins.tracing",
    "engine.same_event.readings",
    "engine.stories.naming",
)
"""Modules of what workers are given to do; they import the rest of it. What opens and writes a base
is not among it: a worker that imported this with all of the jobs took a fifth longer to start."""


def load_stages() -> None:
    """Import what workers need for the stages of a run."""
    for name in STAGES:
        import_module(name)
    load_faiss()  # which is imported where it is first used, as is what tells places
    places("en")
