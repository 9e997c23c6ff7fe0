"""Words and numbers of a text, in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import regex

from engine.words.scanning import Places, Scan, between, from_first, runs
from engine.words.segmenting import spaced

SYLLABLES = "\u2e80"
"""Chinese, Japanese and Korean characters stand from here on."""

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
# Written so that it begins with one character, it is found in half to two thirds of the time.
_NUMBER = re.compile(r"\d\d*+(?:[.,:]\d++)*+")
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
    found = _WORD.findall(spaced(text.casefold()))
    return list(filter(None, map(_compared, found)))


def words_of_each(texts: Sequence[str]) -> tuple[list[str], Places, Places]:
    """Return what `words` finds in each text, in its order.

    Parameters
    ----------
    texts
        Some hundreds at once.

    Returns
    -------
    words
        Strings, perhaps repeated; empty for what is left out.
    rows, places
        Int64, (n_found,): the text of each that was found, and its place in `words`.
    """
    scan = Scan([spaced(text.casefold()) for text in texts])
    letters, marks, joints = scan.of_each(r"\p{L}", r"\p{M}", "['’-]")
    inside = letters | marks
    inside |= between(joints, inside, letters)
    spans = from_first(runs(inside), letters)
    found, places = scan.numbered(spans)
    return list(map(_compared, found)), scan.rows(spans.begins), places


def _compared(word: str) -> str:
    """Return a casefolded word as it is compared; empty for one that tells nothing."""
    if word[0] < SYLLABLES:
        return bare(word) if len(word) >= _SHORTEST_WORD else ""
    return word if len(word) >= _SHORTEST_OF_SYLLABLES and word[-1] not in _HIRAGANA else ""


def numbers(text: str) -> list[str]:
    """Return the numbers of `text` in order, as digits without separators of thousands."""
    # Most are digits alone, which is told in a third of the time that asking `plain` takes.
    return [
        found if found.isascii() and found.isdecimal() else plain(found)
        for found in _NUMBER.findall(text)
    ]


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
    digits = number if number.isascii() else _romanised(number)
    if digits.isdecimal():
        return digits
    return _THOUSANDS.sub("", digits).replace(",", ".")


def bare(word: str) -> str:
    """Return `word` without the English possessive."""
    return word[:-2] if word.endswith(("'s", "’s")) else word


@lru_cache(maxsize=1 << 18)
def latin(word: str) -> str:
    """Return `word` in casefolded Latin letters, so that scripts can be compared."""
    return _romanised(word).casefold()


def _romanised(text: str) -> str:
    """Return `text` in ASCII; the table is imported where a text is in other letters."""
    from anyascii import anyascii

    return anyascii(text)
