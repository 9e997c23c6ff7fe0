"""What a number of the news can count, and the words by which a language says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import regex

from engine.words.folding import folded


class Role(StrEnum):
    """What a number says."""

    DEAD = "dead"
    INJURED = "injured"
    MISSING = "missing"
    ARRESTED = "arrested"
    EVACUATED = "evacuated"
    MAGNITUDE = "magnitude"
    DEPTH = "depth"
    AGE = "age"
    NAME = "name"
    BAIL = "bail"
    FINE = "fine"
    REWARD = "reward"
    RANSOM = "ransom"
    DAMAGE = "damage"


PEOPLE: Final = frozenset((Role.DEAD, Role.INJURED, Role.MISSING, Role.ARRESTED, Role.EVACUATED))
"""Roles that count people."""

MONEY: Final = frozenset((Role.BAIL, Role.FINE, Role.REWARD, Role.RANSOM, Role.DAMAGE))
"""Roles that count money."""

MOVING: Final = PEOPLE | {Role.BAIL, Role.REWARD, Role.DAMAGE}
"""Roles whose number changes while a story goes on, so that a larger one later need not contradict.

Bail and rewards are raised, and more damage is found.
"""

_NEVER: Final = "(?!)"

_TOLL_WORDS: Final = 6
"""Words that may stand between "death toll" and "rises to": where it happened."""

_ASIDE: Final = 60
"""Characters of what stands between commas ("nine people, including two children, were killed")."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The patterns of one language; each matches words, whatever their capitals.

    Attributes
    ----------
    after, before, besides
        Of each role: what follows the number, what ends just before it, and what a sentence
        must not hold.
    people, link, aside, rest, other, end
        What may stand after a number, matched where it goes on.
    about, least, most, until, part, of, on_top
        What a text before a number ends with.
    telling
        Words of roles as `unspaced` gives them, none a part of another; see `told_in`.
    dead
        Words of the dead, anywhere.
    past, unsure
        What makes a sentence one of other events, and the words before a number, or between it
        and its role, of what did not happen.
    """

    after: Mapping[Role, regex.Pattern[str]]
    before: Mapping[Role, regex.Pattern[str]]
    besides: Mapping[Role, regex.Pattern[str]]
    people: regex.Pattern[str]
    link: regex.Pattern[str]
    aside: regex.Pattern[str]
    rest: regex.Pattern[str]
    other: regex.Pattern[str]
    end: regex.Pattern[str]
    about: regex.Pattern[str]
    least: regex.Pattern[str]
    most: regex.Pattern[str]
    until: regex.Pattern[str]
    part: regex.Pattern[str]
    of: regex.Pattern[str]
    on_top: regex.Pattern[str]
    telling: tuple[str, ...]
    dead: regex.Pattern[str]
    past: regex.Pattern[str]
    unsure: regex.Pattern[str]

    def passed(self, text: str, place: int) -> regex.Match[str] | None:
        """Return the words from `place` on that tell nothing of who is meant; None: others do."""
        matches = (one.match(text, place) for one in (self.people, self.link, self.aside))
        return next((match for match in matches if match), None)

    def told_in(self, text: str) -> list[str]:
        """Return the words of `telling` that `text` has, also as parts of others.

        What has none gives no number a role. Most of an article has none, and to look for plain
        words takes a thirtieth of what patterns do.
        """
        shown = unspaced(text)
        return [word for word in self.telling if word in shown]


def unspaced(text: str) -> str:
    """Return `text` folded and without spaces, which Chinese has in the table only."""
    return "".join(folded(text).split())


@cache
def wording(language: str) -> Wording | None:
    """Return how `language` says what a number counts; None where that is not known."""
    said = _table().get(language)
    if said is None:
        return None
    of_role = {
        place: {role: said[f"{role}.{place}"] for role in Role if f"{role}.{place}" in said}
        for place in ("after", "before", "toll", "except")
    }
    prep = _words(said.get("prep", ()))
    no_prep = _words(())  # "evacuated to nine" places
    return Wording(
        after={role: _next(words) for role, words in of_role["after"].items()},
        before={
            role: regex.compile(
                rf"(?:{_words(of_role['before'].get(role, ()))}"
                rf"(?:\s+{no_prep if role == Role.EVACUATED else prep})*"
                rf"|{_words(of_role['toll'].get(role, ()))}"
                rf"(?:(?:[\s,]+[^\s,]+){{0,{_TOLL_WORDS}}}?(?:\s+{prep})+)?)\s*$",
                regex.IGNORECASE,
            )
            for role in sorted(of_role["before"].keys() | of_role["toll"].keys())
        },
        besides={role: _within(words) for role, words in of_role["except"].items()},
        people=_next(said["people"]),
        link=_next(said["link"]),
        aside=regex.compile(rf",\s{_words(said['part'])}[^,]{{1,{_ASIDE}}},", regex.IGNORECASE),
        rest=_next(said["rest"]),
        other=_next((*said["not"], *said.get("age", ()))),
        end=_next(said["end"]),
        about=_last(said["about"]),
        least=_last(said["least"]),
        most=_last(said["most"]),
        until=_last(said.get("until", ())),
        part=_last(said["part"]),
        of=_last(said.get("of", ())),
        on_top=_last(said["rest"]),
        telling=_shortest(
            unspaced(max(word.split("*"), key=len))
            for place in ("after", "before", "toll")
            for words in of_role[place].values()
            for word in words
        ),
        dead=_within((*said.get("dead.after", ()), *said.get("dead.before", ()))),
        past=_within(said["past"]),
        # What is capitalised is a name or a month.
        unsure=regex.compile(_words(said["unsure"])),
    )


def _next(words: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(rf"[\s-]*{_words(words)}", regex.IGNORECASE)


def _last(words: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(rf"{_words(words)}\s*$", regex.IGNORECASE)


def _within(words: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(_words(words), regex.IGNORECASE)


def _shortest(words: Iterable[str]) -> tuple[str, ...]:
    """Return those of `words` of which none is a part: a text that has any has one of these."""
    kept: list[str] = []
    for word in sorted(set(words), key=lambda one: (len(one), one)):
        if not any(part in word for part in kept):
            kept.append(word)
    return tuple(kept)


def _words(words: tuple[str, ...]) -> str:
    forms = sorted(map(regex.escape, words), key=len, reverse=True)
    choices = "|".join(form.replace(r"\*", r"\p{L}*") for form in forms) or _NEVER
    return rf"(?<![\p{{L}}\p{{N}}])(?:{choices})(?![\p{{L}}\p{{N}}])"


@cache
def _table() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    table = Path(__file__).with_name("roles.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            language, kind, words = line.split("\t")
            found[language][kind] = tuple(words.split("|"))
    return dict(found)


def age_words(language: str) -> tuple[str, ...]:
    """Return what stands after the years of an age in `language`."""
    return _table().get(language, {}).get("age", ())
