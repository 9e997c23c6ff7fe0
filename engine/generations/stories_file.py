"""Stories as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from engine.collection import without_collection
from engine.domain import Origin, OriginKind, Story

_FIELDS = frozenset(field.name for field in fields(Story))
_TIMES = ("started", "ended")
_LISTS = ("article_ids", "languages", "sources", "keywords", "strengths", "names")


def story_to_dict(story: Story) -> dict[str, Any]:
    """Return `story` as JSON values, times in ISO 8601."""
    values = {field.name: getattr(story, field.name) for field in fields(story)}
    for name in _TIMES:
        values[name] = None if values[name] is None else values[name].isoformat()
    for name in _LISTS:
        values[name] = list(values[name])
    values["origins"] = [origin.to_dict() for origin in story.origins]
    return values


def story_from_dict(values: Mapping[str, Any], known: dict[Any, Origin] | None = None) -> Story:
    """Return the story that `story_to_dict` gave.

    Parameters
    ----------
    values
        What it gave.
    known
        Origins that were made before, by their values, to which those of the story are added:
        most articles of an outlet have equal ones, and to make each took two fifths of the
        decoding of 100,000.

    Raises
    ------
    KeyError, TypeError, ValueError
        A field is missing or no such value.
    """
    # Generations of before names and origins were shown have none.
    story = {"names": (), "origins": ()} | {name: values[name] for name in _FIELDS & values.keys()}
    for name in _TIMES:
        story[name] = None if story[name] is None else datetime.fromisoformat(story[name])
    for name in _LISTS:
        story[name] = tuple(story[name])
    made = {} if known is None else known
    story["origins"] = tuple([_origin(origin, made) for origin in story["origins"]])
    return Story(**story)


def _origin(values: Mapping[str, Any], known: dict[Any, Origin]) -> Origin:
    found = known.get(key := tuple(values.values()))  # always written in one order
    if found is None:
        found = known[key] = Origin(**{**values, "kind": OriginKind(values["kind"])})
    return found


def encode_stories(stories: Iterable[Story]) -> bytes:
    """Return one line of JSON for each story, in UTF-8."""
    # Lone surrogates from broken input become escapes, which JSON can carry.
    return b"".join(
        json.dumps(story_to_dict(story), ensure_ascii=True).encode() + b"\n" for story in stories
    )


def decode_stories(content: bytes) -> list[Story]:
    """Return the stories of `encode_stories`.

    Raises
    ------
    KeyError, TypeError, ValueError
        A line is no story.
    """
    known: dict[Any, Origin] = {}
    with without_collection():
        return [story_from_dict(json.loads(line), known) for line in content.splitlines()]
