"""What a number of a sentence counts: people, money, kilometres, the strength of an earthquake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import regex

from engine.claims.quantities import Bound, Quantity
from engine.claims.roles import MONEY, PEOPLE, Role, Wording

_MOST_WORDS: Final = 5
"""Words between a number and what it counts; further off stands another number's."""

_MOST_UNKNOWN: Final = 2
"""Words among them that say who is meant ("police officers")."""

_KILOMETRES: Final = {"km": 1.0, "kilometer": 1.0, "kilometre": 1.0, "mile": 1.609344}
_LARGEST_MAGNITUDE: Final = 10
"""No earthquake was ever as large."""

_FEWEST: Final = 2
"""People that are counted: who writes of one mostly writes of that person, not of how many."""

_LENGTHS: Final = frozenset((Role.DEPTH,))
_MAGNITUDES: Final = frozenset((Role.MAGNITUDE,))
_WORD: Final = regex.compile(r"[\s-]*(?P<word>[\p{L}\p{M}][\p{L}\p{M}'’-]*)")
_CURRENCY: Final = {
    "$": "USD",
    "us$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₽": "RUB",
    "₺": "TRY",
    "₹": "INR",
}

_SIGN_AFTER: Final = regex.compile(
    r"\s?(?P<sign>[$€£¥₽₺₹])|[\s-]?(?P<word>US dollars?|dollars?|euros?|pounds?)\b"
)
_NAMED: Final = {"dollar": "USD", "euro": "EUR", "pound": "GBP"}
_ADDED: Final = regex.compile(r"\s(?:and|en|und|et|y|e|и|та|і|و|和|ve|i|och)\s?")
_LENGTH: Final = regex.compile(r"[\s-]?(?P<unit>km|kilomet(?:er|re)|mile)s?\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that a sentence states.

    Attributes
    ----------
    role
        What it says.
    subject
        Of whom or what; empty where the number is of all.
    unit
        Code of a currency, ``"km"``, or empty.
    quantity
        The number.
    sentence
        In which it stands.
    name
        Of an age: who is as old, as the sentence spells it; the subject is that in small letters.
    """

    role: Role
    subject: str
    unit: str
    quantity: Quantity
    sentence: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """A number with what stands on either side of it.

    Attributes
    ----------
    value, step, bound
        As in a `Quantity`.
    before, after
        The text on either side, without the words that say how it is meant and without a
        currency's sign.
    sign
        Of a currency, before the number; or empty.
    after_dead
        Whether the sentence told of dead before.
    following
        Place of the next number in `after`; negative where there is none.
    """

    value: float
    step: float
    bound: Bound
    before: str
    after: str
    sign: str
    after_dead: bool
    following: int

    def is_rest(self, role: Role) -> bool:
        """Tell whether "nine others" are all of a role: those besides the dead."""
        return role == Role.INJURED and self.after_dead

    def as_claim(self, role: Role, subject: str = "", unit: str = "", factor: float = 1.0) -> Claim:
        """Return the claim that it makes in a role; `factor` turns it into `unit`."""
        quantity = Quantity(self.value * factor, self.step * factor, self.bound)
        return Claim(role, subject, unit, quantity, "")


def counted(stated: Stated, known: Wording) -> Claim | None:
    """Return the claim that a number makes, still without its sentence; None: it counts nothing."""
    return _money(stated, known) or _length(stated, known) or _plain(stated, known)


def _money(stated: Stated, known: Wording) -> Claim | None:
    behind = _SIGN_AFTER.match(stated.after)
    sign = stated.sign or (behind["sign"] if behind else "")
    if sign:
        currency = _CURRENCY[sign.casefold()]
    elif behind:
        currency = _NAMED[behind["word"].casefold().split()[-1].rstrip("s")]
    else:
        return None
    hit = _counted(stated, known, MONEY, behind.end() if behind else 0)
    role = hit[0] if hit and not hit[1] else _role_before(stated, known, MONEY)
    return None if role is None else stated.as_claim(role, unit=currency)


def _length(stated: Stated, known: Wording) -> Claim | None:
    unit = _LENGTH.match(stated.after)
    if unit is None:
        return None
    hit = _counted(stated, known, _LENGTHS, unit.end())
    role = hit[0] if hit and not hit[1] else _role_before(stated, known, _LENGTHS)
    factor = _KILOMETRES[unit["unit"].casefold()]
    return None if role is None else stated.as_claim(role, unit="km", factor=factor)


def _plain(stated: Stated, known: Wording) -> Claim | None:
    """Return how many people a number counts, or how strong an earthquake was."""
    if stated.sign or _SIGN_AFTER.match(stated.after) or _LENGTH.match(stated.after):
        return None
    if stated.value < _LARGEST_MAGNITUDE:
        hit = _counted(stated, known, _MAGNITUDES)
        direct = hit is not None and not hit[1]
        if direct or _role_before(stated, known, _MAGNITUDES):
            return stated.as_claim(Role.MAGNITUDE)
    if stated.value % 1 or stated.value < _FEWEST:
        return None
    hit = _counted(stated, known, PEOPLE)
    if hit is not None and not known.of.search(stated.before):
        limited = stated.bound == Bound.EXACT and known.until.search(stated.before)
        return (replace(stated, bound=Bound.MOST) if limited else stated).as_claim(*hit)
    role = _role_before(stated, known, PEOPLE)
    subject = None if role is None else _subject(stated, known, role)
    return None if role is None or subject is None else stated.as_claim(role, subject)


def _counted(
    stated: Stated, known: Wording, roles: frozenset[Role], start: int = 0
) -> tuple[Role, str] | None:
    """Return the role that the words after a number give it, and who is meant."""
    after, place, unknown, others = stated.after, start, list[str](), False
    for _ in range(_MOST_WORDS):
        if hit := _role_at(after, place, known, roles):
            role, end = hit
            beside = others and (unknown or not stated.is_rest(role))
            return (
                None
                if beside or _is_joined(after, end, known, roles - {role})
                else (role, " ".join(unknown))
            )
        rest = known.rest.match(after, place)
        skipped = rest or known.passed(after, place)
        if known.other.match(after, place) or (not skipped and known.end.match(after, place)):
            return None
        others = others or rest is not None
        word = skipped or _WORD.match(after, place)
        unknown += [word["word"].casefold()] if word and not skipped else []
        if word is None or len(unknown) > _MOST_UNKNOWN:
            return None
        place = word.end()
    return None


def _is_joined(after: str, end: int, known: Wording, roles: frozenset[Role]) -> bool:
    """Tell whether a role goes on with another one: "killed or injured"."""
    word = _WORD.match(after, end)
    return word is not None and _role_at(after, word.end(), known, roles) is not None


def _role_at(
    after: str, place: int, known: Wording, roles: frozenset[Role]
) -> tuple[Role, int] | None:
    for role, pattern in known.after.items():
        if role in roles and (match := pattern.match(after, place)):
            return role, match.end()
    return None


def _role_before(stated: Stated, known: Wording, roles: frozenset[Role]) -> Role | None:
    for role, pattern in known.before.items():
        if role in roles and pattern.search(stated.before):
            return role
    return None


def _subject(stated: Stated, known: Wording, role: Role) -> str | None:
    """Return who is meant after "killed nine"; None where the number is no count of all."""
    after, place, unknown, others = stated.after, 0, list[str](), False
    while len(unknown) < _MOST_UNKNOWN:
        if known.other.match(after, place):
            return None
        if whole := known.people.match(after, place):
            place = whole.end()
            break
        rest = known.rest.match(after, place)
        others = others or rest is not None
        word = rest or _WORD.match(after, place)
        if word is None or _role_at(after, place, known, PEOPLE):
            break
        if rest is None:
            if known.end.match(after, place):
                break
            unknown.append(word["word"].casefold())
        place = word.end()
    added_up = stated.following > place and _ADDED.fullmatch(after, place, stated.following)
    beside = others and (unknown or not stated.is_rest(role))
    return None if added_up or beside else " ".join(unknown)
