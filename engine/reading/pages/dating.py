"""Finds the day of publication that a page states as its own; a page without one has none.

The order is JSON-LD, OpenGraph and other meta elements, marked elements and ``time`` elements
beside the headline, the address, a line beside the headline (docs/reading.md). A time that names
its zone goes before one that does not. No day is made from a year, a copyright line or the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import regex

from engine.reading.dates import parse_date
from engine.reading.languages import normalise
from engine.reading.pages.lines import Line, lines_of

_META: Final = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:publishtime",
)
"""Meta elements that hold the time of publication, the most used first."""

_ZONED: Final = regex.compile(r"(?:Z|[+-]\d\d:?\d\d|\b[A-Z]{3,4})\s*$")
_ONE_DAY: Final = timedelta(days=1)

_URL_DATE: Final = regex.compile(
    r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?([0-2]\d|3[01])(?=[/_.-]|$)"
    r"|/((?:19|20)\d\d)/(\d{1,2}|[a-z]{3,9})/([0-2]?\d|3[01])(?=/|$)",
    regex.IGNORECASE,
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
"""Beginnings of the English names that addresses spell months with."""

_WRITTEN: Final = regex.compile(
    r"(?<![\d.])(?:"
    r"(?P<year_first>\d{4}\s?[-/.年년]\s?\d{1,2}\s?[-/.月월]\s?\d{1,2}(?:\s?[日일]|(?!\d)))"
    r"|(?P<numeric>(?P<a>\d{1,2})(?P<sign>[-/.])\s?(?P<b>\d{1,2})[-/.]\s?\d{4})"
    r"|\d{1,2}(?:\p{L}{1,2}|[.º°])?[\s/-]+(?:\p{L}{2,5}\s+)?[\p{L}\p{M}]{3,14}\.?,?[\s/-]+"
    r"(?:\p{L}{2,5}\s+)?\d{4}"
    r"|\d{1,2}\s+tháng\s+\d{1,2},?\s+(?:năm\s+)?\d{4}"
    r"|[\p{L}\p{M}]{3,14}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}"
    r"|\d{4}\.?\s+[\p{L}\p{M}]{3,14}\.?\s+\d{1,2}"
    r")(?!\d)",
    regex.IGNORECASE,
)
"""A whole day as people write it; dateparser has the last word."""

_LONGEST_LINE: Final = 120
"""Characters of a line that is a date or an author line; prose is longer."""

_MOST_WORDS: Final = 8
"""Words beside the date in such a line: a label, a name and a clock time."""

_PROSE: Final = 80
"""Characters of a line that is prose."""

_LINES_BEFORE: Final = 6
_LINES_AFTER: Final = 40
"""Lines around the headline that stand beside it, up to the second line of prose."""

_SENTENCE_END: Final = regex.compile(r"(?:\p{L}{2}|\d{4})[.!?…。！？؟।]\W*$")


def published_time(
    tree: Any,  # noqa: ANN401 - an lxml tree, untyped
    *,
    stated: str,
    metas: Mapping[str, str],
    url: str,
    language: str,
) -> datetime | None:
    """Return the aware UTC time of publication, None where the page states none.

    Parameters
    ----------
    tree
        Page as parsed by lxml.
    stated
        ``datePublished`` of the page's article in JSON-LD, or empty.
    metas
        Names of meta elements, in lower case, to their content.
    url
        Canonical address.
    language
        Code of the page's language as the page spells it; months are read in it.
    """
    moment = _first_time(_machine_times(tree, stated=stated, metas=metas, url=url))
    return moment or _written_day(tree, language=normalise(language))


def _machine_times(
    tree: Any,  # noqa: ANN401
    *,
    stated: str,
    metas: Mapping[str, str],
    url: str,
) -> Iterator[str]:
    yield stated
    yield from (metas[name] for name in _META if name in metas)
    for element in tree.xpath("//*[@itemprop='datePublished' or @pubdate]")[:1]:
        yield element.get("datetime") or element.get("content") or ""
    yield from (line.text for line in _beside_headline(tree) if line.is_time)
    yield day_of_url(url)


def day_of_url(url: str) -> str:
    """Return the day that an address holds between slashes, as ISO 8601, or empty."""
    found = _URL_DATE.search(url)
    if not found:
        return ""
    year, month, day = filter(None, found.groups())
    if not month.isdigit():
        if month[:3].lower() not in _MONTHS:
            return ""
        month = str(_MONTHS.index(month[:3].lower()) + 1)
    return f"{year}-{int(month):02}-{int(day):02}"


def _first_time(candidates: Iterator[str]) -> datetime | None:
    """Return the first usable time; where it names no zone, one of the same day that does."""
    now = datetime.now(UTC)
    first: datetime | None = None
    for text in candidates:
        try:
            moment = parse_date(text, fetched=now)
        except ValueError:
            continue
        if moment is None:
            continue
        if first is None:
            first = moment
            if _ZONED.search(text):
                break
        elif _ZONED.search(text) and abs(moment - first) < _ONE_DAY:
            return moment
    return first


def _beside_headline(tree: Any) -> list[Line]:  # noqa: ANN401
    """Return the lines around the first heading, up to the second line of prose after it."""
    before: list[Line] = []
    after: list[Line] = []
    n_prose = 0
    for line in lines_of(tree):
        if not after and line.tag != "h1":
            before.append(line)
            if len(before) > _LINES_BEFORE:
                before.pop(0)
            continue
        after.append(line)
        n_prose += line.tag != "h1" and len(line.text) >= _PROSE
        if n_prose == 2 or len(after) > _LINES_AFTER:
            break
    return [*before, *after] if after else []


def _written_day(tree: Any, *, language: str) -> datetime | None:  # noqa: ANN401
    """Return the day in a line beside the headline that holds little else.

    Where that line and the next name several days, the earliest: the others are updates.
    """
    lines = iter(line for line in _beside_headline(tree) if not line.is_time)
    for line in lines:
        days = list(_days(line, language))
        if days:
            for following in islice(lines, 1):
                days += _days(following, language)
            return min(days)
    return None


def _days(line: Line, language: str) -> Iterator[datetime]:
    text = line.text
    if len(text) > _LONGEST_LINE or line.is_heading or _SENTENCE_END.search(text):
        return
    found = list(_WRITTEN.finditer(text))
    if len(_WRITTEN.sub(" ", text).split()) > _MOST_WORDS * max(1, len(found)):
        return
    for written in found:
        moment = _day_of(written, language)
        if moment is not None:
            yield moment


def _day_of(written: regex.Match[str], language: str) -> datetime | None:
    """Return the day at midnight UTC; None where day and month may be the other way round."""
    text, numeric = written[0], written["numeric"]
    if numeric:
        first, second = int(written["a"]), int(written["b"])
        day_first = written["sign"] == "." or language not in ("", "en") or first > 12
        if not day_first and second <= 12 and first != second:
            return None
        day, month = (first, second) if day_first else (second, first)
        text = f"{numeric[-4:]}-{month:02}-{day:02}"
    elif written["year_first"]:
        text = "-".join(f"{int(number):02}" for number in regex.findall(r"\d+", text))
    else:
        text = _day_by_name(text, language)
    try:
        return parse_date(text, fetched=datetime.now(UTC))
    except ValueError:
        return None


def _day_by_name(text: str, language: str) -> str:
    import dateparser  # comes with trafilatura; takes 0.5 s, and few pages need it

    for known in dict.fromkeys((language, "en")):
        try:
            moment = dateparser.parse(
                text,
                languages=[known] if known else None,
                settings={
                    "REQUIRE_PARTS": ["day", "month", "year"],
                    "PARSERS": ["absolute-time"],
                },
            )
        except (ValueError, OverflowError, RecursionError, TypeError):
            continue
        if moment is not None:
            return f"{moment:%Y-%m-%d}"
    return ""
