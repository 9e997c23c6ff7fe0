"""Spaces between the words of scripts that are written without.

Chinese is cut by jieba, whose dictionary of news keeps the names of people and places whole;
the one of ICU cuts most of them into characters. Everything else is cut by ICU.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from engine.words.late import late, with_properties

if TYPE_CHECKING:
    import regex
    from rjieba import Jieba

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
# All of them are here, which most texts show in a fraction of the time that properties take.
_MAY_BE_UNSPACED = late(re.compile, "[\u0e00-\u19ff\u2e80-\U0010ffff]")
# Cutting many short pieces takes longer than one long one, so punctuation stays inside.
_RUN = late(with_properties, rf"{_UNSPACED}(?:\P{{L}}*{_UNSPACED}+)*")
_CHINESE = late(with_properties, r"\p{Han}")
_JAPANESE = late(with_properties, r"[\p{Hiragana}\p{Katakana}]")
# The dictionary cuts foreign words that it does not know.
_WITHIN_FOREIGN = late(with_properties, r"(?<=[\p{Katakana}ー]) (?=[\p{Katakana}ー])")


def spaced(text: str) -> str:
    """Return `text` with spaces around the words of scripts that are written without."""
    if text.isascii() or not (_MAY_BE_UNSPACED.search(text) and _RUN.search(text)):
        return text
    japanese = _JAPANESE.search(text) is not None

    def cut(run: regex.Match[str]) -> str:
        chinese = not japanese and _CHINESE.search(run[0])
        words = " ".join(_jieba().cut(run[0]) if chinese else _icu()(run[0]))
        return f" {_WITHIN_FOREIGN.sub('', words)} "

    return _RUN.sub(cut, text)


@lru_cache(maxsize=1 << 16)
def chinese_tag(word: str) -> str:
    """Return the part of speech of a word in the dictionary of jieba; empty for several words."""
    found = _jieba().tag(word)
    return found[0][1] if len(found) == 1 else ""


@cache
def _jieba() -> Jieba:
    from rjieba import Jieba

    return Jieba()


@cache
def _icu() -> Callable[[str], Iterable[str]]:
    from icu4py.breakers import WordBreaker

    return lambda text: WordBreaker(text, "ja")
