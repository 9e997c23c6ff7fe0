"""Words and numbers of a text, in any script."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from engine.words.late import late, with_properties
from engine.words.scanning import Scan, Spans, between, from_first, runs
from engine.words.segmenting import spaced

SYLLABLES = "\u2e80"
"""Chinese, Japanese and Korean characters stand from here on."""

_SPELT = r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*"
_WORD = late(with_properties, _SPELT)
# Written so that it begins with one character, it is found in half to two thirds of the time.
_NUMBER = re.compile(r"\d\d*+(?:[.,:]\d++)*+")
_ASCII_NUMBER = re.compile(_NUMBER.pattern, re.ASCII)
"""The same where a text has no other digits, in two thirds of the time."""
_BEFORE = late(with_properties, rf"(?P<word>{_SPELT})[\s-](?P<number>{_NUMBER.pattern})")
_AFTER = late(with_properties, rf"(?P<number>{_NUMBER.pattern})[\s-](?P<word>{_SPELT})")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
_SHORTEST_WORD = 3
_SHORTEST_OF_SYLLABLES = 2
_FIRST_HIRAGANA, _LAST_HIRAGANA = "\u3041", "\u309f"


def words(text: str) -> list[str]:
    """Return the casefolded words of `text` in order.

    Those of one or two letters are left out, or of one character in Chinese, Japanese and
    Korean; so is what Japanese ends in hiragana: its grammar, and verbs cut in the middle.
    """
    found = _WORD.findall(spaced(text.casefold()))
    return list(filter(None, map(_compared, found)))


def words_of_each(texts: Sequence[str]) -> tuple[Scan, Spans]:
    """Return where what `words` finds in each text stands, in the order of the texts.

    Parameters
    ----------
    texts
        Some hundreds at once.
    """
    scan = Scan([spaced(text.casefold()) for text in texts])
    letters, marks, joints = scan.of_each(r"\p{L}", r"\p{M}", "['’-]")
    inside = letters | marks
    inside |= between(joints, inside, letters)
    return scan, _all_compared(scan, from_first(runs(inside), letters))


def _all_compared(scan: Scan, spans: Spans) -> Spans:
    """Return what `_compared` does of each word, without those of which that is nothing."""
    n_letters, last = spans.ends - spans.begins, spans.ends - 1
    of_syllables = scan.at(spans.begins, f"[{SYLLABLES}-\U0010ffff]")
    possessive = ~of_syllables & scan.at(last - 1, "['’]") & scan.at(last, "s")
    endings = scan.at(last, f"[{_FIRST_HIRAGANA}-{_LAST_HIRAGANA}]")
    kept = np.where(
        of_syllables,
        (n_letters >= _SHORTEST_OF_SYLLABLES) & ~endings,
        n_letters >= _SHORTEST_WORD,
    )
    return Spans(spans.begins, spans.ends - 2 * possessive).where(kept)


def _compared(word: str) -> str:
    """Return a casefolded word as it is compared; empty for one that tells nothing."""
    if word[0] < SYLLABLES:
        return bare(word) if len(word) >= _SHORTEST_WORD else ""
    ending = _FIRST_HIRAGANA <= word[-1] <= _LAST_HIRAGANA
    return word if len(word) >= _SHORTEST_OF_SYLLABLES and not ending else ""


def numbers(text: str) -> list[str]:
    """Return the numbers of `text` in order, as digits without separators of thousands."""
    # Most are digits alone, which is told in a third of the time that asking `plain` takes.
    return [
        found if found.isascii() and found.isdecimal() else plain(found)
        for found in (_ASCII_NUMBER if text.isascii() else _NUMBER).findall(text)
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
    if text.isascii():
        return text
    from anyascii import anyascii

    return anyascii(text)
