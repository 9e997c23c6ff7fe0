"""The sentences of a text."""

from __future__ import annotations

import regex

from engine.words.headlines import SHORTEST_SENTENCE

_ABBREVIATED = regex.compile(
    r"(?:^|[\s(\"'“„«])(?:\p{Lu}\p{L}{0,3}|\p{L}+\.\p{L}+(?:\.\p{L}+)*)\.$"
)
"""An end that is mostly no sentence's: an initial, a title, an abbreviation with inner dots."""


def sentences(text: str, language: str) -> list[str]:
    """Return the sentences of `text` in order, each on one line.

    ICU finds where they may end; what is too short for a sentence, or ends like an
    abbreviation, goes on with the next one. A line end always ends a sentence.

    Parameters
    ----------
    text
        Cleaned text.
    language
        ISO 639-1 code, or ``"und"``.
    """
    return [whole for line in text.splitlines() for whole in _of_line(line.strip(), language)]


def _is_abbreviated(text: str) -> bool:
    """Tell whether the last word is an abbreviation; the pattern takes long over all words."""
    return text.endswith(".") and _ABBREVIATED.search(text.rpartition(" ")[2]) is not None


def _of_line(line: str, language: str) -> list[str]:
    from icu4py.breakers import SentenceBreaker

    found: list[str] = []
    open_ = ""
    for piece in map(str, SentenceBreaker(line, language)):
        open_ += piece
        whole = open_.strip()
        if len(whole) >= SHORTEST_SENTENCE and not _is_abbreviated(whole):
            found.append(whole)
            open_ = ""
    if open_.strip():
        found.append(open_.strip())
    return found
