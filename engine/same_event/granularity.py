"""How fine or coarse stories are: one number, and words for some of its values.

It is added to the log-odds of every pair before the partition, so 0 changes nothing, more
joins what is in doubt and less parts it. What is known of pairs does not depend on it.
"""

from __future__ import annotations

import math

from engine.errors import InputError

WORDS = {"finest": -3.0, "finer": -1.5, "default": 0.0, "coarser": 1.5, "coarsest": 3.0}
"""Log-odds of each word: odds of 4 1/2 to 1 a step, 20 to 1 at the ends."""

LEAST, MOST = min(WORDS.values()), max(WORDS.values())
"""Log-odds between which the dial turns."""


def as_granularity(value: str | float) -> float:
    """Return the log-odds that a word or a number means.

    Raises
    ------
    InputError
        It is neither a word of `WORDS` nor a number from `LEAST` to `MOST`.
    """
    found = WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = math.nan
    if not LEAST <= found <= MOST:
        raise InputError(
            f"expected a granularity of {', '.join(WORDS)} "
            f"or a number from {LEAST:g} to {MOST:g}, got {value!r}"
        )
    return found + 0.0  # which is not -0


def in_words(granularity: float) -> str:
    """Return a setting as a person reads it."""
    words = {value: word for word, value in WORDS.items()}
    number = f"{granularity:g}"
    return f"{words[granularity]} ({number})" if granularity in words else number
