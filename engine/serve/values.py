"""What requests ask for and answers hold, beside the values of the engine itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.domain import Article, Value
from engine.jobs.answers import PairLabel
from engine.jobs.hits import Hit
from engine.jobs.match import StoryMatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Value, Generic[T]):
    """A part of a list.

    Attributes
    ----------
    items
        What is on it.
    cursor
        Asks for the part that comes next; None where there is none.
    """

    items: tuple[T, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Found(Value):
    """What was found for each of some questions.

    Attributes
    ----------
    generation
        That was searched.
    hits
        Of each question, in their order, best first.
    """

    generation: str
    hits: tuple[tuple[Hit, ...], ...]


@dataclass(frozen=True, slots=True)
class Matched(Value):
    """The story of each of some texts.

    Attributes
    ----------
    generation
        That was searched.
    matches
        Of each text, in their order.
    """

    generation: str
    matches: tuple[StoryMatch, ...]


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


@dataclass(frozen=True, slots=True)
class Health(Value):
    """Whether the server answers, and from what.

    Attributes
    ----------
    ready
        Whether questions are answered.
    generation
        The live one, or None.
    stale
        Whether something was published that cannot be read, so that an older one answers.
    """

    ready: bool
    generation: str | None
    stale: bool
