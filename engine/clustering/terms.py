"""Words and numbers of a text, in any script, without a list of any language.

Scripts without spaces between words (Chinese, Japanese, Thai, ...) give pairs of
characters.
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
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
_SHORTEST_WORD = 3


def words(text: str) -> list[str]:
    """Return the casefolded words of `text` in order, character pairs where no spaces are."""
    found: list[str] = []
    for run, word in _WORD.findall(text.casefold()):
        if run:
            found.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        elif len(word) >= _SHORTEST_WORD:
            found.append(bare(word))
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


def bare(word: str) -> str:
    """Return `word` without the English possessive."""
    return word[:-2] if word.endswith(("'s", "’s")) else word


@lru_cache(maxsize=1 << 18)
def latin(word: str) -> str:
    """Return `word` in casefolded Latin letters, so that scripts can be compared."""
    return anyascii(word).casefold()
