"""Stories as JSON lines, each of which is made a story when it is first asked for."""

from __future__ import annotations

import gc
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, ValuesView
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from sys import intern
from typing import Any

from engine.domain import Origin, OriginKind, Story
from engine.errors import damaged

_FIELDS = frozenset(field.name for field in fields(Story))
_TIMES = ("started", "ended")
_LISTS = ("article_ids", "languages", "sources", "keywords", "strengths", "names")
_OF_ORIGIN = tuple(field.name for field in fields(Origin))
_of_origin = attrgetter(*_OF_ORIGIN)

_IDS, _HEADLINE, _MEMBERS = b', "article_ids": ["', b'"], "headline": "', b'], "strengths": ['
"""Where a line of `encode_stories` tells of articles, and where it goes on. No text holds any of
these, since JSON puts a backslash before a quotation mark in one."""


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


@dataclass(frozen=True, slots=True)
class StoryHead:
    """What is said of a story without what is aligned with its articles.

    Attributes
    ----------
    id, languages, sources
        As in `engine.domain.Story`.
    n_articles
        How many it has.
    """

    id: str
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    n_articles: int


_MAKING = threading.Lock()
"""Held while a story is made, so that all have the same one, also of generations that share it."""


class Line:
    """A line of the file: the head of a story, and the rest of it once that was asked for."""

    __slots__ = ("content", "digest", "head", "story")

    def __init__(self, content: bytes, digest: bytes) -> None:
        self.content = content
        self.digest = digest
        self.head = _head(content)
        self.story: Story | None = None


class Stories(Mapping[str, Story]):
    """Stories by id, in the order in which they were published.

    The members of stories are three quarters of the file, and to decode them takes most of the
    time that it takes to read it: a story is made when it is first asked for, once.

    Parameters
    ----------
    content
        What `encode_stories` gave.
    generation
        Where it comes from, for messages.
    known
        Stories that were read before, which are not made again: a publication changes few.

    Attributes
    ----------
    lines
        As they were read, by id.
    heads
        What is told of each without its members, by id.
    told_by_article
        What `by_article` gave; None where it was not asked for.

    Raises
    ------
    DamagedError
        A line is no story; also when one is asked for.
    """

    def __init__(self, content: bytes, generation: str, known: Stories | None = None) -> None:
        self._generation = generation
        self._origins: dict[Any, Origin] = {}
        before = {} if known is None else {line.digest: line for line in known.lines.values()}
        self._whole: dict[str, Story] | None = None
        self.told_by_article: Mapping[str, Story] | None = None
        with _without_collection(), self._telling():
            lines = [_read(line, before) for line in content.splitlines()]
        self.lines: Mapping[str, Line] = {line.head.id: line for line in lines}
        self.heads: Mapping[str, StoryHead] = {line.head.id: line.head for line in lines}
        if known is not None and known.told_by_article is not None:
            self.told_by_article = self._changed(known, known.told_by_article)

    def __getitem__(self, id_: str) -> Story:
        """Return the story of that id."""
        line = self.lines[id_]
        return line.story or self._made(line)

    def __contains__(self, id_: object) -> bool:
        """Tell whether there is a story of that id."""
        return id_ in self.lines

    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return iter(self.lines)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.lines)

    def values(self) -> ValuesView[Story]:
        """Return all stories, made at once."""
        if self._whole is None:
            with _without_collection():
                self._whole = {id_: self[id_] for id_ in self.lines}
        return self._whole.values()

    @property
    def by_article(self) -> Mapping[str, Story]:
        """The story of each article that is in one, by the article's id."""
        if self.told_by_article is None:
            self.told_by_article = {
                id_: story for story in self.values() for id_ in story.article_ids
            }
        return self.told_by_article

    def _changed(self, known: Stories, before: Mapping[str, Story]) -> dict[str, Story]:
        """Return `by_article` from what it was `before`, of stories most of which are the same."""
        kept = set(map(id, self.lines.values()))
        gone = [known[id_] for id_, line in known.lines.items() if id(line) not in kept]
        kept = set(map(id, known.lines.values()))
        new = [self[id_] for id_, line in self.lines.items() if id(line) not in kept]
        found = dict(before)
        for story in gone:
            for id_ in story.article_ids:
                found.pop(id_, None)
        for story in new:
            found.update(dict.fromkeys(story.article_ids, story))
        return found

    def _made(self, line: Line) -> Story:
        with _MAKING, self._telling():
            if line.story is None:
                line.story = story_from_dict(json.loads(line.content), self._origins)
                line.content = b""
        return line.story

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            what = f"holds no story ({error})"
            raise damaged(self._generation, "stories.jsonl", what) from error


def _read(content: bytes, known: Mapping[bytes, Line]) -> Line:
    digest = hashlib.blake2b(content, digest_size=16).digest()
    return known.get(digest) or Line(content, digest)


def _head(line: bytes) -> StoryHead:
    """Return the head of a story; of its articles only their number is read."""
    start, end, members = line.find(_IDS), line.find(_HEADLINE), line.find(_MEMBERS)
    if not 0 < start < end < members:  # written otherwise, or without articles
        whole = story_from_dict(json.loads(line))
        return StoryHead(whole.id, whole.languages, whole.sources, len(whole.article_ids))
    told = json.loads(line[:start] + _HEADLINE[2:] + line[end + len(_HEADLINE) : members] + b"]}")
    n_articles = 1 + line.count(b'", "', start + len(_IDS), end)
    # Names are few and stories many, and heads stay.
    languages, sources = (tuple(map(intern, told[name])) for name in ("languages", "sources"))
    return StoryHead(told["id"], languages, sources, n_articles)


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
