"""How old an article says that somebody is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import regex

from engine.claims.roles import age_words

_OLDEST: Final = 120
"""Years; nobody is older."""

_NAME: Final = (
    r"(?P<name>\p{Lu}[\p{Ll}\p{M}'’-]+(?:\s\p{Lu}\p{L}*\.?){0,2}\s\p{Lu}[\p{L}\p{M}'’-]+)"
)
_AGE: Final = r"(?P<age>\d{1,3})"
_POSSESSIVE: Final = regex.compile(r"['’]s?$")


class Aged(NamedTuple):
    """Somebody, as a sentence spells the name, and how old: years."""

    name: str
    age: int


def ages_of(sentence: str, language: str) -> Iterator[Aged]:
    """Yield full names and ages: ``Ann Example, 33,``, ``Ann Example (33)``, ``33-year-old ...``.

    Names are those of scripts with capitals; of each the first and the last word are given, since
    outlets leave out what stands between.
    """
    for pattern in _patterns(language):
        for match in pattern.finditer(sentence):
            age = int(match["age"])
            if 0 < age < _OLDEST:
                words = _POSSESSIVE.sub("", match["name"]).split()
                yield Aged(f"{words[0]} {words[-1]}", age)


@cache
def _patterns(language: str) -> tuple[regex.Pattern[str], ...]:
    words = "|".join(map(regex.escape, age_words(language)))
    found = [rf"{_NAME}\s\({_AGE}\)", rf"{_NAME},\s{_AGE}(?=[,.;)]|\s?$)"]
    if words:
        years = rf"(?:{words})"
        found += [
            rf"{_AGE}[\s-]?{years}(?:\s\p{{Ll}}[\p{{Ll}}-]*){{0,2}}\s{_NAME}",
            rf"{_NAME},\s(?:\p{{Ll}}+\s)?{_AGE}[\s-]?{years}(?!\p{{L}})",
        ]
    return tuple(map(regex.compile, found))
