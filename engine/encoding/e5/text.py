"""What both runtimes see of a text: normalised, and cut to what the model can read.

The two runtimes tokenise with different programs. They agree because everything in which
those differ is settled here first: code points are mapped by the model's own table, runs of
unknown characters become one, nothing in a text can pass for a special piece, and texts that
are too long are cut rather than truncated by one runtime and averaged by the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cached_property

from engine.encoding.e5.weights import Weights

UNKNOWN = "\U0010ffff"
"""Stands for every run of characters that the vocabulary lacks: the last code point, which
Unicode promises never to use (private ones will not do, the vocabulary has some)."""

LONGEST_PIECE = 16
"""Characters of the longest piece of the vocabulary."""

_RUNS = re.compile(f"{UNKNOWN}+")
_SPECIAL = re.compile(r"<(/?s|pad|unk|mask)>")


_ASCII = 0x80
"""Code points below it. Reading those of the vocabulary takes less than a millisecond, reading
all takes 20, which a question in ASCII need not wait for."""


class Normaliser:
    """Maps texts to the characters that the vocabulary was trained on.

    Parameters
    ----------
    weights
        Where the map of code points and the known characters are read from.
    """

    def __init__(self, weights: Weights) -> None:
        self._mapped = _Mapped(weights)
        self._unknown = _Unknown(weights)

    def __call__(self, text: str) -> str:
        """Return `text` normalised; no character of it changes when this is done again."""
        mapped = unicodedata.normalize("NFC", text).translate(self._mapped)
        known = _RUNS.sub(UNKNOWN, " ".join(mapped.split()).translate(self._unknown))
        # Leftover mark-up such as <s> would be read as the end or start of the input.
        return _SPECIAL.sub(r"< \1>", known)


class _Mapped(dict[int, int | str]):
    """Table for `str.translate` of the model's own map of code points."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights.code_points(end=_ASCII))
        # A C string ends at a NUL, and the map does not mention it.
        self[0] = ""
        # The vocabulary marks the start of a word with this character.
        self[0x2581] = " "
        self._weights = weights

    @cached_property
    def _beyond(self) -> dict[int, str]:
        """What is mapped of all code points."""
        return self._weights.code_points()

    def __missing__(self, point: int) -> int | str:
        """Look once for each code point and remember it; what is not mapped stays."""
        self[point] = answer = point if point < _ASCII else self._beyond.get(point, point)
        return answer


class _Unknown(dict[int, int | str]):
    """Table for `str.translate` that maps what the vocabulary lacks."""

    def __init__(self, weights: Weights) -> None:
        super().__init__({ord(" "): " "})
        self._ascii = weights.characters(most_bytes=1)
        self._weights = weights

    @cached_property
    def _known(self) -> frozenset[str]:
        return self._weights.characters()

    def __missing__(self, point: int) -> int | str:
        """Decide once for each code point and remember it."""
        known = self._ascii if point < _ASCII else self._known
        self[point] = answer = point if chr(point) in known else UNKNOWN
        return answer


def cut(text: str, *, max_tokens: int, count: Callable[[str], int]) -> str:
    """Return the longest start of `text` that has at most `max_tokens` tokens.

    Parameters
    ----------
    text
        Normalised text.
    max_tokens
        Most tokens, prompt and special pieces included.
    count
        Returns the number of tokens of a text, prompt and special pieces included.
    """
    # No token covers more characters, so what lies beyond could not be read anyway; it is
    # dropped before counting, which makes a whole book cost no more than a page.
    text = text[: max_tokens * LONGEST_PIECE]
    if count(text) <= max_tokens:
        return text
    # Steps are powers of two, and not parts of the length, so that texts with the same start
    # are tried, and cut, at the same places.
    fits = 0
    for power in reversed(range(len(text).bit_length())):
        longer = fits + 2**power
        if longer < len(text) and count(text[:longer].rstrip()) <= max_tokens:
            fits = longer
    return text[:fits].rstrip()
