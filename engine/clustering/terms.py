"""Words, names and numbers of a text, in any script, without a list of any language.

Scripts without spaces between words (Chinese, Japanese, Thai, ...) give pairs of
characters. Names are capitalised words after the first of a sentence; scripts without
capitals have none, and idf is left to weigh their terms.
"""

from __future__ import annotations

import re
from functools import lru_cache

import regex
from anyascii import anyascii

_WORD = regex.compile(
    r"(?P<run>[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+)"
    r"|(?P<word>\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*)"
)
_NAME = regex.compile(r"(?<![.!?:…\n]\s*|^\s*|[“\"«„]\s*)\b\p{Lu}[\p{L}\p{M}’'-]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
_SHORTEST_WORD = 3
_POSSESSIVE = regex.compile(r"['’]s$")


def words(text: str) -> list[str]:
    """Return the casefolded words of `text` in order, character pairs where no spaces are."""
    found: list[str] = []
    for run, word in _WORD.findall(text.casefold()):
        if run:
            found.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        elif len(word) >= _SHORTEST_WORD:
            found.append(word[:-2] if word.endswith(("'s", "’s")) else word)
    return found


def numbers(text: str) -> list[str]:
    """Return the numbers of `text` in order, as digits without separators of thousands."""
    return [_plain(number) for number in _NUMBER.findall(text)]


@lru_cache(maxsize=1 << 16)
def _plain(number: str) -> str:
    digits = anyascii(number)
    if digits.isdecimal():
        return digits
    return _THOUSANDS.sub("", digits).replace(",", ".")


def names(text: str) -> list[str]:
    """Return the capitalised words inside sentences of `text`, in Latin letters, casefolded."""
    return [latin(_POSSESSIVE.sub("", name)) for name in _NAME.findall(text)]


@lru_cache(maxsize=1 << 18)
def latin(word: str) -> str:
    """Return `word` in casefolded Latin letters, so that scripts can be compared."""
    return anyascii(word).casefold()
