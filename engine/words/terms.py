"""Words and numbers of a text, in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import chain

import regex
from anyascii import anyascii

from engine.words.segmenting import spaced

SYLLABLES = "\u2e80"
"""Chinese, Japanese and Korean characters stand from here on."""

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_BEFORE = regex.compile(rf"(?P<word>{_WORD.pattern})[\s-](?P<number>{_NUMBER.pattern})")
_AFTER = regex.compile(rf"(?P<number>{_NUMBER.pattern})[\s-](?P<word>{_WORD.pattern})")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
_SHORTEST_WORD = 3
_SHORTEST_OF_SYLLABLES = 2
_HIRAGANA = frozenset(map(chr, range(0x3041, 0x30A0)))


def words(text: str) -> list[str]:
    """Return the casefolded words of `text` in order.

    Those of one or two letters are left out, or of one character in Chinese, Japanese and
    Korean; so is what Japanese ends in hiragana: its grammar, and verbs cut in the middle.
    """
    found: list[str] = []
    for word in _WORD.findall(spaced(text.casefold())):
        if word[0] < SYLLABLES:
            if len(word) >= _SHORTEST_WORD:
                found.append(bare(word))
        elif len(word) >= _SHORTEST_OF_SYLLABLES and word[-1] not in _HIRAGANA:
            found.append(word)
    return found


def numbers(text: str) -> list[str]:
    """Return the numbers of `text` in order, as digits without separators of thousands."""
    return list(map(plain, find_numbers(text)))


def find_numbers(text: str) -> list[str]:
    """Return the numbers of `text` in order, as they are written."""
    return _NUMBER.findall(text)


def counted(text: str) -> dict[str, set[str]]:
    """Return the numbers of `text` by the casefolded words beside them: unit, kind or scale."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    cut = spaced(text.casefold())
    for match in chain(_BEFORE.finditer(cut), _AFTER.finditer(cut)):
        if len(match["word"]) >= _SHORTEST_WORD or match["word"] >= SYLLABLES:
            found[bare(match["word"])].add(plain(match["number"]))
    return dict(found)


@lru_cache(maxsize=1 << 16)
def plain(number: str) -> str:
    """Return a number as it is written as digits, without separators of thousands."""
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
