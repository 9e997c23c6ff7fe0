"""Stories as JSON lines."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.domain import Origin, OriginKind, Story

_FIELDS = frozenset(field.name for field in fields(Story))
_TIMES = ("started", "ended")
_LISTS = ("article_ids", "languages", "sources", "keywords", "strengths", "names")
_OF_ORIGIN = tuple(field.name for field in fields(Origin))
_of_origin = attrgetter(*_OF_ORIGIN)

StoriesByLine: TypeAlias = Mapping[bytes, Story]
"""Stories by a digest of the line that they are written as, in order."""

NONE_KNOWN: Final[StoriesByLine] = MappingProxyType({})


def story_to_dict(story: Story) -> dict[str, Any]:
    """Return `story` as JSON values, times in ISO 8601."""
    values = {field.name: getattr(story, field.name) for field in fields(story)}
    for name in _TIMES:
        values[name] = None if values[name] is None else values[name].isoformat()
    for name in _LISTS:
        values[name] = list(values[name])
    # All are strings, and `to_dict`, which looks at each, takes ten times as long.
    values["origins"] = [
        dict(zip(_OF_ORIGIN, _of_origin(one), strict=True)) for one in story.origins
    ]
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


def decode_stories(content: bytes, known: StoriesByLine = NONE_KNOWN) -> StoriesByLine:
    """Return the stories of `encode_stories`, in order.

    Parameters
    ----------
    content
        What it gave.
    known
        Stories that were decoded before, which are not made again: a publication changes few.

    Raises
    ------
    KeyError, TypeError, ValueError
        A line is no story.
    """
    origins: dict[Any, Origin] = {}
    found = {}
    with _without_collection():
        for line in content.splitlines():
            digest = hashlib.blake2b(line, digest_size=16).digest()
            found[digest] = known.get(digest) or story_from_dict(json.loads(line), origins)
    return found


@contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no garbage meanwhile: to go through what stays takes a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
