"""The days of the week that a text names."""

from __future__ import annotations

from functools import cache

import regex

from engine.words.cldr import weekday_names
from engine.words.terms import SYLLABLES


def weekdays(text: str, language: str) -> dict[int, str]:
    """Return the days of the week in `text`, 0 for Monday, each as it is first written.

    Only whole names count, with the capitals of the language: "Sun" and "minggu" ("week" in
    Indonesian) mostly are no days.
    """
    names = weekday_names(language)
    found: dict[int, str] = {}
    if names:
        for word in _pattern(language).findall(text):
            found.setdefault(names[word], word)
    return found


@cache
def _pattern(language: str) -> regex.Pattern[str]:
    """Return what finds the names of a language, whole where words are spaced."""
    longest_first = sorted(weekday_names(language), key=lambda name: (-len(name), name))
    found = (name if name[0] >= SYLLABLES else rf"\b{name}\b" for name in longest_first)
    return regex.compile("|".join(found))
