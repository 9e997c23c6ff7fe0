"""A number as an article states it, and when two of them contradict each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from engine.domain import Value


class Bound(StrEnum):
    """How a number is meant."""

    EXACT = "exact"
    ABOUT = "about"
    LEAST = "at least"
    MOST = "at most"


@dataclass(frozen=True, slots=True)
class Quantity(Value):
    """A number with how exactly it is stated.

    Attributes
    ----------
    value
        The number, in the unit of its claim.
    step
        To what it is rounded as it is written, in the same unit.
    bound
        How it is meant.
    """

    value: float
    step: float = 1.0
    bound: Bound = Bound.EXACT

    @property
    def within(self) -> tuple[float, float]:
        """The least and the most that may be true where this was said."""
        half = self.step / 2
        if self.bound == Bound.ABOUT:
            half = _roundness(self.value, self.step) / 2
        least = -math.inf if self.bound == Bound.MOST else self.value - half
        most = math.inf if self.bound == Bound.LEAST else self.value + half
        return least, most

    def __str__(self) -> str:
        """Return the number as people write it: ``about 200``."""
        number = f"{self.value:,.10g}" if self.value % 1 else f"{self.value:,.0f}"
        return number if self.bound == Bound.EXACT else f"{self.bound} {number}"


def contradict(one: Quantity, other: Quantity) -> bool:
    """Tell whether two statements cannot both be true, however they were rounded.

    They agree where either number is one for which the other can stand: 200 and 197 do, 1.2
    and 1.23 million do, at least nine and eleven do; nine and ten do not.
    """
    return not (_may_be(one, other.value) or _may_be(other, one.value))


def _may_be(stated: Quantity, value: float) -> bool:
    least, most = stated.within
    return least <= value <= most


def _roundness(value: float, step: float) -> float:
    """Return the largest 1, 5, 10, 50, ... of which `value` is a multiple: 5 of 45."""
    size = 10.0 ** math.ceil(math.log10(max(value, 1.0)))
    while size > step:
        for unit in (size, size / 2):
            if unit > step and value % unit == 0:
                return unit
        size /= 10
    return step
