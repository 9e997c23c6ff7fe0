"""The numbers that a text states, in digits or in words, with how exactly it states them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import regex
from babel import Locale, UnknownLocaleError

from engine.words.cldr import small_calendar_words

_MOST_SPELT: Final = 100
"""Up to this number texts spell numbers out; newspapers' style books stop at nine or twenty."""

_LEAST_SCALE: Final = 1_000
"""From here on a word multiplies the number before it ("3 million")."""

_SIGNIFICANT: Final = 2
"""Digits that are meant in any case: 20 is 20, 200 may be 197, but is not 160."""

_DIGITS: Final = regex.compile(
    r"(?<![\p{L}\p{N}.,:/#-])\d++(?:[.,٫٬'’\u00a0\u202f]\d++| \d{3}(?!\d))*+"
    r"(?![\p{N}]|[:/]\d|(?:st|nd|rd|th)\b)"
)
_SEPARATOR: Final = regex.compile(r"[^\d]")
_YEAR: Final = regex.compile(r"(?:19|20)\d\d")
_WORD_BEFORE: Final = regex.compile(r"([\p{L}\p{M}]+)\.?\s*$")
_WORD_AFTER: Final = regex.compile(r"[.\s]*(?:de\s)?([\p{L}\p{M}]+)")
_RANGE: Final = regex.compile(r"\s?[-–—]\s?\d")
_RANGE_BEFORE: Final = regex.compile(r"\d\s?[-–—]\s?$")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text.

    Attributes
    ----------
    value
        The number.
    step
        To what it is rounded as it is written: 1 for 197, 100 for 200, 0.1 for 6.3.
    start, end
        Where it stands: ``text[start:end]``.
    """

    value: float
    step: float
    start: int
    end: int


def numerals(text: str, language: str) -> list[Numeral]:
    """Return the numbers of `text` in order.

    Years, days of a month, times, ranges and ordinal numbers are none, nor is one whose
    separators can be read in two ways.

    Parameters
    ----------
    text
        One sentence; Chinese with spaces between the words.
    language
        ISO 639-1 code; of one that is not known digits are read.
    """
    found = sorted((*_in_digits(text, language), *_in_words(text, language)), key=_start)
    return [one for one in found if not _is_date(text, one, small_calendar_words(language))]


def _start(one: Numeral) -> int:
    return one.start


def _in_digits(text: str, language: str) -> Iterator[Numeral]:
    for match in _DIGITS.finditer(text):
        if _RANGE.match(text, match.end()) or _RANGE_BEFORE.search(text[: match.start()]):
            continue
        read = _read(match[0], language)
        scaled = _scale(language).match(text, match.end())
        if read is None or (scaled is None and _YEAR.fullmatch(match[0])):
            continue
        factor = _scales(language)[scaled["scale"].casefold()] if scaled else 1
        value, step = read
        if scaled is not None:  # zeros before "million" were written on purpose
            step = min(step, Decimal(1))
        end = scaled.end() if scaled else match.end()
        yield Numeral(float(value * factor), float(step * factor), match.start(), end)


def _read(digits: str, language: str) -> tuple[Decimal, Decimal] | None:
    """Return the number and the place of its last digit that is no zero; None: unclear."""
    parts = _SEPARATOR.split(digits)
    signs = _SEPARATOR.findall(digits)
    decimal = ""
    if signs and (len(parts[-1]) != 3 or len(set(signs)) > 1):
        decimal = parts.pop()
        if signs.pop() in signs:
            return None
    if any(len(part) != 3 for part in parts[1:]) or len(set(signs)) > 1:
        return None
    if len(signs) == 1 and not decimal and signs[0] == _decimal_sign(language):
        return None  # 1.234 where a point is the decimal sign
    whole = Decimal("".join(parts))
    if decimal:
        return Decimal(f"{whole}.{int(decimal):0{len(decimal)}}"), Decimal(1).scaleb(-len(decimal))
    written = str(whole)
    zeros = min(len(written) - len(written.rstrip("0")), max(0, len(written) - _SIGNIFICANT))
    return whole, Decimal(1).scaleb(zeros)


@cache
def _decimal_sign(language: str) -> str:
    try:
        return str(Locale.parse(language).number_symbols["latn"]["decimal"])
    except (UnknownLocaleError, ValueError, KeyError):
        return "."


def _in_words(text: str, language: str) -> Iterator[Numeral]:
    words = _spelt(language)
    for match in _spelt_pattern(language).finditer(text.casefold()):
        scaled = _scale(language).match(text, match.end())
        factor = _scales(language)[scaled["scale"].casefold()] if scaled else 1
        value = words[_plain(match[0])]
        end = scaled.end() if scaled else match.end()
        yield Numeral(float(value * factor), float(factor), match.start(), end)


def _plain(word: str) -> str:
    return " ".join(word.replace("\xad", "").replace("-", " ").split())


@cache
def _spelt(language: str) -> Mapping[str, int]:
    """Return the numbers up to `_MOST_SPELT` by the words for them, casefolded."""
    own = {
        word.casefold(): number
        for number, words in _table()[language].items()
        if number < _LEAST_SCALE
        for word in words
    }
    if not own and language not in _table():
        return {}
    from icu4py.messageformat import MessageFormat

    spell = MessageFormat("{n, spellout}", language)
    ruled = {_plain(spell.format({"n": n}).casefold()): n for n in range(2, _MOST_SPELT + 1)}
    return ruled | own


@cache
def _spelt_pattern(language: str) -> regex.Pattern[str]:
    words = sorted(_spelt(language), key=len, reverse=True)
    # ICU's spaces are hyphens for some writers, and the other way round.
    choices = "|".join("[ -]".join(map(regex.escape, word.split())) for word in words)
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}-])(?:{choices or '(?!)'})(?![\p{{L}}\p{{N}}-])")


@cache
def _scales(language: str) -> Mapping[str, int]:
    return {
        word.casefold(): number
        for number, words in _table()[language].items()
        if number >= _LEAST_SCALE
        for word in words
    }


@cache
def _scale(language: str) -> regex.Pattern[str]:
    words = sorted(map(regex.escape, _scales(language)), key=len, reverse=True)
    return regex.compile(
        rf"[\s-]?(?P<scale>{'|'.join(words) or '(?!)'})(?![\p{{L}}\p{{N}}])", regex.IGNORECASE
    )


@cache
def _table() -> Mapping[str, Mapping[int, tuple[str, ...]]]:
    found: dict[str, dict[int, tuple[str, ...]]] = defaultdict(dict)
    table = Path(__file__).with_name("numbers.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            language, number, words = line.split("\t")
            found[language][int(number)] = tuple(words.split("|"))
    return found


def _is_date(text: str, one: Numeral, months: Set[str]) -> bool:
    """Tell whether a month stands beside a number that can be a day."""
    if one.value > 31:
        return False
    before = _WORD_BEFORE.search(text, max(0, one.start - 30), one.start)
    after = _WORD_AFTER.match(text, one.end)
    beside = [match[1].casefold() for match in (before, after) if match]
    return any(word in months for word in beside)
