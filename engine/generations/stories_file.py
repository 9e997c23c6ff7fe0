"""Stories as JSON lines, each of which is made a story when it is first asked for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence, ValuesView
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from sys import intern
from typing import Any

from engine.domain import Origin, OriginKind, Story
from engine.errors import damaged
from engine.garbage import without_collection

_FIELDS = frozenset(field.name for field in fields(Story))
_TIMES = ("started", "ended")
_LISTS = ("article_ids", "languages", "sources", "keywords", "strengths", "names")
_OF_ORIGIN = tuple(field.name for field in fields(Origin))
_of_origin = attrgetter(*_OF_ORIGIN)

_IDS, _HEADLINE, _MEMBERS = b', "article_ids": ["', b'"], "headline": "', b'], "strengths": ['
"""Where a line of `encode_stories` tells of articles, and where it goes on. No text holds any of
these, since JSON puts a backslash before a quotation mark in one."""

_ORIGINS, _BETWEEN, _END = b', "origins": [{', b"}, {", b"}]}"
"""Where a line begins to tell of origins, what stands between two, and how it ends then."""


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


def _story(line: bytes, known: dict[bytes, Origin]) -> Story:
    """Return the story of a line of `encode_stories`.

    Parameters
    ----------
    line
        What it gave.
    known
        Origins that were made before, by their texts, to which those of the story are added: most
        articles of an outlet have equal ones, and to read each as JSON took half the decoding.

    Raises
    ------
    KeyError, TypeError, ValueError
        A field is missing or no such value.
    """
    start, texts = _texts_of_origins(line)
    if texts:
        with suppress(ValueError):  # a name has what stands between two
            origins = [known.get(text) or _read_origin(text, known) for text in texts]
            return _story_of(json.loads(line[:start] + b"}"), tuple(origins))
    values = json.loads(line)
    return _story_of(values, _origins(values))


def _texts_of_origins(line: bytes) -> tuple[int, list[bytes]]:
    """Return where a line begins to tell of origins, and the text of each; none: it tells of none.

    A text is no JSON where a name has what stands between two.
    """
    start = line.rfind(_ORIGINS)
    if start > 0 and line.endswith(_END):
        return start, line[start + len(_ORIGINS) : -len(_END)].split(_BETWEEN)
    return start, []


def _origins(values: Mapping[str, Any]) -> tuple[Origin, ...]:
    # Generations of before names and origins were shown have none.
    return tuple(map(_origin, values.get("origins", ())))


def _read_origins(lines: Sequence[bytes]) -> dict[bytes, Origin]:
    """Return the origins that `lines` tell of, by their texts.

    All are decoded at once: to call the decoder for each took as long as all else of a story. None
    where a name has what stands between two, so that they are fewer than their texts.
    """
    texts = list(dict.fromkeys(text for line in lines for text in _texts_of_origins(line)[1]))
    with suppress(ValueError):
        told = json.loads(b"[{" + _BETWEEN.join(texts) + b"}]") if texts else []
        if len(told) == len(texts):
            return dict(zip(texts, map(_origin, told), strict=True))
    return {}


def _read_origin(text: bytes, known: dict[bytes, Origin]) -> Origin:
    found = known[text] = _origin(json.loads(b"{" + text + b"}"))
    return found


def _origin(values: Mapping[str, Any]) -> Origin:
    return Origin(**{**values, "kind": OriginKind(values["kind"])})


def _story_of(values: Mapping[str, Any], origins: tuple[Origin, ...]) -> Story:
    story = {"names": ()} | {name: values[name] for name in _FIELDS & values.keys()}
    for name in _TIMES:
        story[name] = None if story[name] is None else datetime.fromisoformat(story[name])
    for name in _LISTS:
        story[name] = tuple(story[name])
    return Story(**{**story, "origins": origins})


def encode_stories(stories: Iterable[Story], written: Mapping[int, bytes] | None = None) -> bytes:
    """Return one line of JSON for each story, in UTF-8.

    Parameters
    ----------
    stories
        Any.
    written
        Lines of some by their identity in memory, from `lines_of`: most stories of a generation
        are those of the one before.
    """
    lines = written or {}
    return b"".join((lines.get(id(story)) or _line(story)) + b"\n" for story in stories)


def _line(story: Story) -> bytes:
    # Lone surrogates from broken input become escapes, which JSON can carry.
    return json.dumps(story_to_dict(story), ensure_ascii=True).encode()


def decode_stories(content: bytes, generation: str) -> list[Story]:
    """Return all stories of what `encode_stories` gave; `generation` is named in messages.

    Raises
    ------
    DamagedError
        A line is no story.
    """
    with without_collection(), _telling(generation):
        lines = content.splitlines()
        known = _read_origins(lines)
        return [_story(line, known) for line in lines]


def lines_of(stories: Sequence[Story], content: bytes) -> dict[int, bytes]:
    """Return the line of each of `stories` by its identity in memory, which is so while they are.

    None where another engine wrote them in another form; `content` is what they were made of.
    """
    lines = content.splitlines()
    if stories[:1] and _line(stories[0]) != lines[0]:
        return {}
    return dict(zip(map(id, stories), lines, strict=True))


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

    def __init__(self, content: bytes, digest: bytes, head: StoryHead) -> None:
        self.content = content
        self.digest = digest
        self.head = head
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
        self._origins: dict[bytes, Origin] = {}
        before = {} if known is None else {line.digest: line for line in known.lines.values()}
        self._whole: dict[str, Story] | None = None
        self.told_by_article: Mapping[str, Story] | None = None
        with without_collection(), _telling(generation):
            lines = _read(content.splitlines(), before)
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
            with without_collection():
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
        with _MAKING, _telling(self._generation):
            if line.story is None:
                line.story = _story(line.content, self._origins)
                line.content = b""
        return line.story


@contextmanager
def _telling(generation: str) -> Iterator[None]:
    """Name the generation whose file holds what is no story."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(generation, "stories.jsonl", f"holds no story ({error})") from error


def _read(contents: Sequence[bytes], known: Mapping[bytes, Line]) -> list[Line]:
    """Return the lines that read `contents`; those that are `known`, by digest, not again."""
    digests = [hashlib.blake2b(content, digest_size=16).digest() for content in contents]
    lines = zip(contents, digests, strict=True)
    new = {digest: content for content, digest in lines if digest not in known}
    heads = _heads(list(new.values()))
    made = {
        digest: Line(content, digest, head)
        for (digest, content), head in zip(new.items(), heads, strict=True)
    }
    return [known.get(digest) or made[digest] for digest in digests]


def _heads(lines: Sequence[bytes]) -> list[StoryHead]:
    """Return the head of each story; of its articles only their number is read.

    All are decoded at once: to call the decoder takes as long as a head does.
    """
    parts, numbers = zip(*map(_without_members, lines), strict=True) if lines else ((), ())
    told = json.loads(b"[" + b",".join(parts) + b"]")
    return [_head(values, n) for values, n in zip(told, numbers, strict=True)]


def _without_members(line: bytes) -> tuple[bytes, int]:
    """Return what a line says besides of the articles of its story, and how many these are.

    -1: the line is whole, as it was written otherwise, or without articles.
    """
    start, end, members = line.find(_IDS), line.find(_HEADLINE), line.find(_MEMBERS)
    if not 0 < start < end < members:
        return line, -1
    rest = line[:start] + _HEADLINE[2:] + line[end + len(_HEADLINE) : members] + b"]}"
    return rest, 1 + line.count(b'", "', start + len(_IDS), end)


def _head(values: dict[str, Any], n_articles: int) -> StoryHead:
    if n_articles < 0:
        whole = _story_of(values, _origins(values))
        return StoryHead(whole.id, whole.languages, whole.sources, len(whole.article_ids))
    # Names are few and stories many, and heads stay.
    languages, sources = (tuple(map(intern, values[name])) for name in ("languages", "sources"))
    return StoryHead(values["id"], languages, sources, n_articles)
