"""What Unicode's locale data (CLDR) says of a language: its months, weekdays and places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

UNKNOWN_PLACES = frozenset({"ZZ", "XA", "XB", "QO", "001"})
"""Territories of CLDR that are nowhere, and the world."""


@cache
def calendar_words(language: str) -> frozenset[str]:
    """Return the months and weekdays of `language` wherever it is spoken, as it writes them.

    Whole and shortened, by themselves and within a date; without the period of a shortened
    one. Nothing for a language that CLDR does not know. They are read from a table that
    ``scripts/calendar_words.py`` makes: of CLDR itself a language takes up to 0.1 s.
    """
    return frozenset(_calendars().get(language, "").split())


@cache
def small_calendar_words(language: str) -> frozenset[str]:
    """Return what `calendar_words` does, casefolded."""
    return frozenset(word.casefold() for word in calendar_words(language))


@cache
def _calendars() -> dict[str, str]:
    table = Path(__file__).with_name("calendar.tsv").read_text(encoding="utf-8")
    return dict(line.split("\t") for line in table.splitlines()[1:])


def without_calendar(found: Iterable[str], language: str) -> set[str]:
    """Return the words of `found` that are no month or weekday of `language`, with its capitals.

    What follows an apostrophe or a hyphen is not looked at (Turkish "Eylül'de").
    """
    calendar = calendar_words(language)
    return {word for word in found if unjoined(word) not in calendar}


def unjoined(word: str) -> str:
    """Return `word` without what follows an apostrophe or a hyphen."""
    for mark in "'’-":  # a third of the time that splitting by a pattern takes
        word = word.partition(mark)[0]
    return word


@cache
def weekday_names(language: str) -> Mapping[str, int]:
    """Return the weekdays of `language`, from the whole name to the number, 0 for Monday.

    With the capitals of the language, and with one as at the beginning of a sentence.
    """
    found: dict[str, int] = {}
    for locale in locales(language):
        for context in ("format", "stand-alone"):
            for number, name in locale.days[context]["wide"].items():
                found.setdefault(name, number)
                found.setdefault(name[0].upper() + name[1:], number)
    return found


@cache
def places(language: str) -> Mapping[str, str]:
    """Return countries, continents and the cities of time zones as `language` names them.

    Returns
    -------
    Mapping
        From a name, casefolded, to the code of the place, the same in every language: that of
        a territory (``"NL"``) or of a time zone (``"Europe/Amsterdam"``).
    """
    from babel.core import get_global
    from babel.localedata import load

    found: dict[str, str] = {}
    for locale in locales(language):
        named = load(str(locale))  # a `Locale` looks for aliases at every step
        zones = named.get("time_zones", {})
        for zone in zones if found else get_global("zone_territories"):
            # A language leaves out the names that it writes as the code does.
            city = zones.get(zone, {}).get("city") or zone.rpartition("/")[2]
            found.setdefault(city.replace("_", " ").casefold(), zone)
        for code, name in named.get("territories", {}).items():
            if code not in UNKNOWN_PLACES:
                found[name.casefold()] = code
    return found


def locales(language: str) -> Iterator[Locale]:
    """Yield the locale of a language and those of the countries where it is written likewise."""
    from babel import Locale, UnknownLocaleError  # a question on the command line needs none
    from babel.localedata import locale_identifiers

    if language == "und":
        return
    try:
        base = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return
    yield base
    for name in sorted(locale_identifiers()):
        own, _, territory = name.partition("_")
        if own == base.language and len(territory) in (2, 3):
            yield Locale.parse(name)
