"""What requests ask for and answers hold, beside the values of the engine itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.domain import Article, Value
from engine.jobs.lookup.answers import PairLabel
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import StoryMatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MissingShard(Value):
    """A shard that has no part in an answer: its address, and why."""

    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Shards(Value):
    """Which of the bases behind one address an answer is of.

    Attributes
    ----------
    asked, answered
        How many there are, and how many had a part in it.
    missing
        The others.
    """

    asked: int
    answered: int
    missing: tuple[MissingShard, ...]


@dataclass(frozen=True, slots=True)
class Page(Value, Generic[T]):
    """A part of a list.

    Attributes
    ----------
    items
        What is on it.
    cursor
        Asks for the part that comes next; None where there is none.
    shards
        Whose items are listed; None where one base answers.
    """

    items: tuple[T, ...]
    cursor: str | None
    shards: Shards | None = None


@dataclass(frozen=True, slots=True)
class Found(Value):
    """What was found for each of some questions.

    Attributes
    ----------
    generation
        That was searched; of several shards all, with commas between them.
    hits
        Of each question, in their order, best first.
    fingerprint
        Of the encoder: cosines of two encoders do not compare.
    shards
        Which were searched; None where one base answers.
    """

    generation: str
    hits: tuple[tuple[Hit, ...], ...]
    fingerprint: str
    shards: Shards | None = None


@dataclass(frozen=True, slots=True)
class Matched(Value):
    """The story of each of some texts.

    Attributes
    ----------
    generation, fingerprint, shards
        As in `Found`.
    matches
        Of each text, in their order.
    """

    generation: str
    matches: tuple[StoryMatch, ...]
    fingerprint: str
    shards: Shards | None = None


@dataclass(frozen=True, slots=True)
class Embedded(Value):
    """The vectors of some texts.

    Attributes
    ----------
    generation
        As whose queries they are centred.
    fingerprint
        Of the encoder.
    vectors
        A unit vector for each text.
    """

    generation: str
    fingerprint: str
    vectors: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Doubt(Value):
    """Two articles of which the engine would like to know whether they report one event."""

    a: Article
    b: Article


@dataclass(frozen=True, slots=True)
class Kept(Value):
    """An answer that was kept, and how many there are now."""

    label: PairLabel
    n_answers: int
