"""Two spellings of one name."""

from __future__ import annotations

from typing import Final

_MOST_EDITS: Final = 2
"""Letters that are added, left out or replaced; two that change places are two. Four in five
misspellings are one such error (Damerau 1964, "A technique for computer detection and correction
of spelling errors"); two letters that change places count as two here."""


def is_respelt(one: str, other: str) -> bool:
    """Tell whether two names, each a first and a last word, are one that is spelt differently.

    One word is the same and the other nearly: more of its letters agree than differ.
    """
    differing = [pair for pair in zip(one.split(), other.split(), strict=True) if len({*pair}) > 1]
    if len(differing) != 1:
        return False
    edits = _edits(*differing[0])
    return edits <= _MOST_EDITS and 2 * edits < min(map(len, differing[0]))


def _edits(one: str, other: str) -> int:
    """Return the edit distance of two words (Levenshtein 1966)."""
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, against in enumerate(other, start=1):
            replaced = above[column - 1] + (letter != against)
            here.append(min(above[column] + 1, here[-1] + 1, replaced))
        above = here
    return above[-1]
