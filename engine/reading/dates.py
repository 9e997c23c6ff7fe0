"""Reads publication times in the forms that news comes with; everything ends in UTC.

A time without a zone is taken as UTC. A month or a year alone is no publication time:
it yields None, because inventing a day would place the article in a wrong window.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.words.late import late

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing in a news archive that carries a time is older; earlier years are errors."""

NEVER_SET: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What a clock says that was never set, and a zero that something else has formatted."""

LATEST_AHEAD: Final = timedelta(days=1)
"""A time this far after reading is still believed: zones reach 14 hours, clocks drift."""

_PARTIAL = late(re.compile, r"\d{4}(?:[-/.](?:0?[1-9]|1[0-2]))?")
_DIGITS = late(re.compile, r"[+-]?\d+(?:\.\d+)?")
_ISO = late(
    re.compile, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
"""The most usual form, in which there is nothing to put right."""

_SPACED_ZONE = late(re.compile, r"\s+(?=[+-]\d\d:?\d\d$)")
_NAMED_ZONE = late(re.compile, r"\s*\b(?:UTC|GMT)$|(?<=\d)\s+Z$", re.IGNORECASE)
_YEAR_FIRST = late(re.compile, r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_ZONED_DAY = late(re.compile, r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:?\d\d)$")
_DAY_FIRST = late(re.compile, r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d),?")
_AMBIGUOUS = late(re.compile, r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b")

_ZONES: Final = {
    "WET": "+0000", "WEST": "+0100", "CET": "+0100", "MEZ": "+0100", "CEST": "+0200",
    "MESZ": "+0200", "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "TRT": "+0300",
    "SAST": "+0200", "WIB": "+0700", "HKT": "+0800", "SGT": "+0800", "JST": "+0900",
    "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
    "BRT": "-0300",
}  # fmt: skip
"""Zones that the standard library would silently take for UTC, those with one meaning: IST is
Indian, Irish and Israeli. It knows the American ones."""

_ZONE_NAME: Final = late(re.compile, rf"\b({'|'.join(_ZONES)})$")

_ENGLISH_FORMS: Final = (
    "%d %B %Y",
    "%d %b %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%d %B %Y %H:%M",
    "%d %b %Y %H:%M",
    "%B %d %Y %H:%M",
    "%b %d %Y %H:%M",
    "%B %d %Y %I:%M %p",
    "%b %d %Y %I:%M %p",
)
"""Dates with an English month name, commas removed."""

_LONGEST: Final = 80
"""Characters; a longer text is no date."""


def parse_date(value: object, *, fetched: datetime) -> datetime | None:
    """Return the aware UTC time that `value` names, or None when it names no whole day.

    Accepts ISO 8601, RFC 2822, seconds, milliseconds, microseconds or nanoseconds since
    1970 (told apart by size), ``YYYYMMDD`` with or without ``HHMMSS``, ``DD.MM.YYYY``,
    ``YYYY/MM/DD`` and English month names. Zero, however written, and the empty text mean
    not known.

    Parameters
    ----------
    value
        Text, number or datetime.
    fetched
        Aware UTC time of reading; nothing is published later than a day after it.

    Raises
    ------
    ValueError
        If the value is no date, is ambiguous (``05/09/2023``), or lies before 1900 or
        more than a day after `fetched`.
    """
    moment = _moment(value)
    if moment is None:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else _to_utc(moment)
    if moment == NEVER_SET:
        return None
    if moment < EARLIEST:
        raise ValueError(f"{moment:%Y-%m-%d} is before 1900; expected the time of publication")
    if moment > fetched + LATEST_AHEAD:
        raise ValueError(
            f"{moment:%Y-%m-%d %H:%M} UTC lies in the future; expected the time of publication"
        )
    return moment


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("expected a date as text or a number of seconds")  # noqa: TRY004
    if isinstance(value, float):
        return _from_number(value)
    text = " ".join(str(value).split())
    if not text or _PARTIAL.fullmatch(text):
        return None
    if len(text) > _LONGEST:
        raise ValueError(f"expected a date, found {len(text)} characters of text")
    if _DIGITS.fullmatch(text):
        return _from_digits(text)
    return _from_text(text)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"year {moment.year} is no year of publication") from None


def _from_number(number: float) -> datetime | None:
    """Read a count since 1970; its size tells the unit, for years up to 5138."""
    if number == 0:
        return None
    for limit, units in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if abs(number) < limit:
            seconds = max(number / units, -1e10)  # 1653: refused as before 1900
            return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    raise ValueError(f"{number:g} is no time in seconds or milliseconds since 1970")


def _from_digits(text: str) -> datetime | None:
    forms = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    if len(text) in forms and text[:2] in ("19", "20") and text.isdigit():
        try:
            return datetime.strptime(text, forms[len(text)]).replace(tzinfo=UTC)
        except ValueError:
            pass
    return _from_number(float(text))


def _from_text(text: str) -> datetime:
    if _ISO.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    text = _ZONE_NAME.sub(lambda zone: _ZONES[zone[1]], text)
    plain = _NAMED_ZONE.sub("+00:00", _SPACED_ZONE.sub("", text))
    plain = _YEAR_FIRST.sub(lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", plain, count=1)
    plain = _DAY_FIRST.sub(lambda m: f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}", plain, count=1)
    # What follows a day is a time to the standard library, also where it is a zone.
    plain = _ZONED_DAY.sub(r"\1T00:00\2", plain)
    if _AMBIGUOUS.match(plain):
        raise ValueError(f"{text!r} may be day or month first; write it as YYYY-MM-DD")
    try:
        return datetime.fromisoformat(plain.replace("Z ", "Z"))
    except ValueError:
        pass
    for form in _ENGLISH_FORMS:
        try:
            return datetime.strptime(text.replace(",", ""), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    from email.utils import parsedate_to_datetime  # takes 20 ms, and few dates need it

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"{text!r} is no date; write it as YYYY-MM-DDTHH:MM:SSZ") from None
