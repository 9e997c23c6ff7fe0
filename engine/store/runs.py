"""What the ledger holds, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NO_RUN = 0
"""Parent of a run that began with no stories."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one story in one run; the kinds are those of `ledger.sql`."""

    kind: str
    story: str
    other: str
    n_joined: int
    n_left: int
    n_articles: int


@dataclass(frozen=True, slots=True)
class Move:
    """An article, by key, that went from one story to another; empty: none."""

    article: int
    origin: str
    target: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of articles, by key.

    Attributes
    ----------
    kind
        ``together``: `articles` are one story; ``apart``: `articles` and `others` are
        two; ``pinned``: `articles` stay in `story`; ``undone``: what run `undoes` said
        holds no more.
    """

    kind: str
    articles: tuple[int, ...]
    others: tuple[int, ...] = ()
    story: str = ""
    undoes: int = NO_RUN


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the ledger.

    Attributes
    ----------
    run, parent
        Its number, and the run it went on from; 0: none.
    kind
        ``cluster``, ``nightly``, ``correction`` or ``forget``.
    at
        Aware UTC time.
    state
        ``pending``, ``done`` or ``held`` (its stories were not published).
    generation
        In which it was published, or empty.
    last_article, last_revision
        Largest key and revision it has seen.
    facts
        Counts and checks, as JSON values.
    """

    run: int
    parent: int
    kind: str
    at: datetime
    state: str
    generation: str
    last_article: int
    last_revision: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunContent:
    """What is written of a run when it begins."""

    parent: int
    kind: str
    at: datetime
    last_article: int
    last_revision: int
    facts: Mapping[str, Any]
    events: Sequence[Event] = ()
    moves: Sequence[Move] = ()
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """A story as of the head: ``open``, ``ended`` or ``merged`` into `redirect`."""

    id: str
    born: int
    state: str
    redirect: str
