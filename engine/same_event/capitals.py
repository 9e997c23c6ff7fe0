"""What one article writes with capitals, in any script that has them, and what in one without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import regex

from engine.same_event.window import Window
from engine.words.cldr import without_calendar
from engine.words.terms import bare, latin, words
from engine.words.uncapitalised import is_uncapitalised

HEADLINE_SHARE = 0.6
"""Capitals among the words of a title from which they tell nothing."""

_LETTERS = r"[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*"
_RUN = regex.compile(rf"\b\p{{Lu}}{_LETTERS}(?: \p{{Lu}}{_LETTERS})*")
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = regex.compile(r"\p{Lo}")
BEGINNINGS = frozenset('.!?:…\n“”"«»„()—–•|')
"""Characters after which a word may have a capital because something begins with it."""


@dataclass(frozen=True, slots=True)
class Capitals:
    """What one article writes with capitals.

    Attributes
    ----------
    runs
        Words with a capital, side by side.
    sure
        Those of them whose capital is not that of a beginning, a headline or its own outlet.
    paired
        Those of them that stand beside another.
    words
        All words, as they are written.
    plain
        Words in scripts without capitals.
    """

    runs: set[tuple[str, ...]]
    sure: set[str]
    paired: set[str]
    words: set[str]
    plain: set[str]


def read_capitals(window: Window, row: int) -> Capitals:
    """Return what the start of one article writes with capitals; its vector says nothing."""
    title, text = window.titles[row], window.lead(row)
    # Where a title tells nothing, its words are names only if they are elsewhere.
    silent = len(title) if is_headline_style(title) else 0
    own = outlet_words(window.sources[row])
    runs: set[tuple[str, ...]] = set()
    sure: set[str] = set()
    paired: set[str] = set()
    for match in _RUN.finditer(text):
        run = tuple(map(bare, match[0].split(" ")))
        runs.add(run)
        begin = match.start()
        if begin < silent:
            continue
        before = text[max(0, begin - 2) : begin].rstrip(" ")
        later = run[1:] if not before or before[-1] in BEGINNINGS else run
        if not own.isdisjoint(map(latin, later)):
            later = tuple(word for word in later if latin(word) not in own)
        sure.update(later)
        if len(later) > 1:
            paired.update(later)
    plain = set(filter(is_uncapitalised, words(text))) if _PLAIN.search(text) else set()
    sure = without_calendar(sure, window.languages[row])
    return Capitals(
        runs,
        sure,
        paired & sure,
        set(_WORD.findall(text)),
        without_calendar(plain, window.languages[row]),
    )


def is_headline_style(title: str) -> bool:
    """Tell whether most words of a title have capitals, so that these tell nothing."""
    found = _WORD.findall(title)
    n_capitals = sum(1 for word in found if word[0].isupper())
    return n_capitals > HEADLINE_SHARE * len(found)


@lru_cache(maxsize=1 << 12)
def outlet_words(source: str) -> frozenset[str]:
    """Return the words of the name of an outlet, in casefolded Latin letters."""
    return frozenset(latin(word) for word in _WORD.findall(source))
