"""The numbers that an article states of its event, each with the sentence that states it.

Careful rather than many: a sentence that tells of other times, or of what may be, is passed
over, and so is a number that is part of another ("three of the nine").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import regex

from engine.claims.ages import ages_of
from engine.claims.counting import Claim, Stated, counted
from engine.claims.quantities import Bound, Quantity
from engine.claims.roles import Role, Wording, unspaced, wording
from engine.words.numerals import numerals
from engine.words.segmenting import spaced
from engine.words.sentences import sentences

_BEFORE: Final = 90
"""Characters before a number in which what it counts may stand."""

_DIGIT: Final = regex.compile(r"\d")
_CUT: Final = regex.compile(r"\d[.,]\s?$")
_CLAUSE_END: Final = regex.compile(r"[,;:،，；：]\s")
_SIGN_BEFORE: Final = regex.compile(r"(?P<sign>us\$|[$€£¥₽₺₹])\s?$", regex.IGNORECASE)
_YEAR: Final = regex.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def claims_of(text: str, language: str, year: int | None = None) -> list[Claim]:
    """Return what `text` states in numbers, in order.

    Parameters
    ----------
    text
        Title and beginning of an article, where it tells its news.
    language
        ISO 639-1 code; nothing is found in a language that the table does not have.
    year
        In which it was published: a sentence that names another one tells of the past.
    """
    known = wording(language)
    if known is None:
        return []
    found: list[Claim] = []
    for line in text.splitlines():
        # What few lines and sentences have is looked for first.
        words = known.told_in(line)
        if not (words or _DIGIT.search(line)):
            continue
        for sentence in sentences(line, language):
            shown = unspaced(sentence) if words else ""
            told = any(word in shown for word in words)
            claims = [
                *(_in_sentence(sentence, language, known) if told else ()),
                *_ages(sentence, language),
            ]
            if claims and _is_of_event(sentence, known, year):
                found += claims
    return found


def _ages(sentence: str, language: str) -> Iterator[Claim]:
    if _DIGIT.search(sentence):
        for name, age in ages_of(sentence, language):
            yield Claim(Role.AGE, name.casefold(), "", Quantity(age), sentence, name)


def _is_of_event(sentence: str, known: Wording, year: int | None) -> bool:
    if known.past.search(sentence):
        return False
    return year is None or all(int(found) == year for found in _YEAR.findall(sentence))


def _in_sentence(sentence: str, language: str, known: Wording) -> Iterator[Claim]:
    text = spaced(sentence)
    found = numerals(text, language)
    for place, number in enumerate(found):
        before, after = text[max(0, number.start - _BEFORE) : number.start], text[number.end :]
        sign = _SIGN_BEFORE.search(before)
        bound, start = _bound(before[: sign.start()] if sign else before, known)
        if after.startswith("%") or known.part.search(start) or _CUT.search(before):
            continue
        if known.unsure.search(_CLAUSE_END.split(start)[-1]):
            continue
        on_top = known.on_top.search(start)
        stated = Stated(
            number.value,
            number.step,
            bound,
            before=start[: on_top.start()] if on_top else start,
            after=after,
            sign=sign["sign"] if sign else "",
            following=(found[place + 1].start if place + 1 < len(found) else 0) - number.end,
            after_dead=known.dead.search(text, 0, number.start) is not None,
        )
        claim = counted(stated, known)
        if claim is None or (on_top and not stated.is_rest(claim.role)):
            continue
        if known.unsure.search(claim.subject):
            continue
        pattern = known.besides.get(claim.role)
        if pattern is None or not pattern.search(text):
            yield replace(claim, sentence=sentence)


def _bound(before: str, known: Wording) -> tuple[Bound, str]:
    """Return how a number is meant that `before` leads to, and the text without those words."""
    for bound, pattern in (
        (Bound.LEAST, known.least),
        (Bound.MOST, known.most),
        (Bound.ABOUT, known.about),
    ):
        if match := pattern.search(before):
            return bound, before[: match.start()]
    return Bound.EXACT, before
