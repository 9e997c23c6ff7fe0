"""Values of what the ledger records: runs, what happened to stories in them, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain import Value


class EventKind(StrEnum):
    """What happened to a story in a run."""

    BORN = "born"
    SPLIT = "split"
    """Born from another story."""
    GREW = "grew"
    SHRANK = "shrank"
    MERGED = "merged"
    """Into another story, to which its id leads from then on."""
    ENDED = "ended"
    REOPENED = "reopened"


class CorrectionKind(StrEnum):
    """What a person said of articles."""

    TOGETHER = "together"
    """They are one story."""
    APART = "apart"
    """They are not in a story with certain others."""
    PINNED = "pinned"
    """They stay in a certain story."""
    UNDONE = "undone"
    """What was said before holds no more."""


class RunKind(StrEnum):
    """What a run of the ledger was."""

    CLUSTER = "cluster"
    NIGHTLY = "nightly"
    CORRECTION = "correction"
    FORGET = "forget"


class RunState(StrEnum):
    """How far a run came."""

    PENDING = "pending"
    DONE = "done"
    HELD = "held"
    """Its stories were not published."""


@dataclass(frozen=True, slots=True)
class Event(Value):
    """What happened to one story in one run.

    Attributes
    ----------
    kind
        What it was.
    story, other
        Ids; `other` is the story that it was merged into or split from, else empty.
    n_joined, n_left, n_articles
        Articles that came, that went, and that the story has afterwards.
    """

    kind: EventKind
    story: str
    other: str = ""
    n_joined: int = 0
    n_left: int = 0
    n_articles: int = 0


class AlertKind(StrEnum):
    """Why a story is called breaking."""

    BEGAN = "began"
    """It grows faster than the stories of its base do."""
    CROSSED = "crossed"
    """It began so in an earlier run, and has reached another language since."""


@dataclass(frozen=True, slots=True)
class Alert(Value):
    """What a run found of one story that is breaking.

    Attributes
    ----------
    kind
        Why it is told.
    story
        Its id in that run.
    began, at
        Aware UTC times of the first and the last of the voices that are counted.
    n_voices, n_meanwhile
        Independent voices that were new between these times, and the articles that came
        meanwhile.
    language
        Of both and of the stories that it is compared with; empty: all languages.
    chance
        Share of these stories that ever had as many voices within as few articles, in (0, 1].
    n_stories
        How many they are.
    n_kept_on, n_stopped
        Of those that were as fast, how many at least doubled their voices afterwards, and how
        many ended without.
    languages
        In which voices had spoken, by the time of their first.
    reached
        Language that it has crossed into, or empty.
    """

    kind: AlertKind
    story: str
    began: datetime
    at: datetime
    n_voices: int
    n_meanwhile: int
    language: str
    chance: float
    n_stories: int
    n_kept_on: int
    n_stopped: int
    languages: tuple[str, ...]
    reached: str = ""
