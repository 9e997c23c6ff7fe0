"""What the page of labels shows: the pair of articles that the engine had best be told of next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.domain import Article, Value
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.calibrate import doubtful_pairs
from engine.jobs.clustering.correct import all_answers

POOL = 200
"""Pairs that are found at once; an editor seldom answers more between two nights."""

SHOWN_CHARACTERS = 600
"""Start of an article that a person is shown to judge it by."""


MOST_SKIPPED = 50
"""Pairs that were skipped and are not asked again; the address of the page holds them."""


def joined(one: str, other: str) -> str:
    """Return two ids as one text; none has a line break."""
    return f"{one}\n{other}"


@dataclass(frozen=True, slots=True)
class LabelPage(Value):
    """The page of labels.

    Attributes
    ----------
    pair
        The two articles; None where there is nothing to ask.
    n_left
        Pairs that can be asked before the next night.
    n_answered
        Pairs that people have answered, here or by corrections.
    """

    pair: tuple[Article, Article] | None
    n_left: int
    n_answered: int


def label_page(reader: Reader, skipped: Collection[str] = ()) -> LabelPage:
    """Return the page with the first pair that is neither answered nor skipped, as `joined`."""
    answered = {label.pair for label in all_answers(reader)}
    known = answered | {frozenset(pair.split("\n")) for pair in skipped}
    left = [pair for pair in reader.once(_pool) if frozenset((pair[0].id, pair[1].id)) not in known]
    return LabelPage(next(iter(left), None), len(left), len(answered))


def _pool(reader: Reader) -> tuple[tuple[Article, Article], ...]:
    return tuple(doubtful_pairs(reader, POOL))
