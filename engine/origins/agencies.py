"""Which news agency a text credits: in a dateline, a byline, a rights notice or a line of its own.

An agency that a sentence cites ("a source told AFP") or that took the picture did not write the
text, nor did one whose "writer contributed to this report".
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import regex

FIRST_LINES, LAST_LINES = 6, 4
"""Lines from either end of a text in which it says who made it."""

_LONGEST_CREDIT: Final = 80
"""Characters of a line of its own: a heading or sentence is longer, or is no list of names."""

_LONGEST_DATELINE: Final = 60
"""Characters before the agency in a dateline: a place or two, and a date."""

_END_CHARACTERS: Final = 1_000
"""Of a text, from either end, in which its first and last lines are."""

_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hangul}\p{Katakana}]")

_DASH: Final = r"\s*(?:--|[-–—―:])"

_NAMES_APART: Final = regex.compile(r"[,;|/(]|\band\b|\bfor\b")

_PICTURED: Final = regex.compile(
    r"(?:image|photo|picture|foto|bild|фото|صورة)\s*$", regex.IGNORECASE
)
"""What makes a rights notice that of a picture, just before it."""

_LABEL: Final = (
    r"(?:(?:source|via|by|from|bron|door|quelle|von|fuente|por|fonte|di|kilde|källa|источник"
    r"|джерело|المصدر|来源|來源)\s*[:：]?\s*)?"
)


@cache
def _names() -> dict[str, str]:
    """Return the agency of each form, the agencies in the order of the table."""
    table = Path(__file__).with_name("agencies.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {form: agency for agency, forms in lines for form in (agency, *forms.split("|"))}


@cache
def _small_names() -> list[str]:
    """Return the forms that begin with a small letter, unless they begin as another one does."""
    small = [form for form in _names() if form[0].islower()]
    return [form for form in small if not form.startswith(tuple({*small} - {form}))]


@cache
def _any_name(*, small: bool) -> re.Pattern[str]:
    """Return what finds a form as a word, and anywhere in scripts that put no spaces.

    The forms are sorted by their first character, by which most places of a text are passed over.
    So those that begin with a `small` letter, as most words do, are looked for by themselves.
    """
    forms: dict[str, list[str]] = defaultdict(list)
    for form in _names():
        if form[0].islower() == small:
            forms[form[0]].append(re.escape(form[1:]))
    return re.compile(
        "|".join(
            rf"{first}(?:{'|'.join(rest)})"
            if _UNSPACED.match(first)
            else rf"{first}(?<!\w.)(?:{'|'.join(rest)})(?!\w)"
            for first, rest in sorted(forms.items())
        )
    )


@cache
def _patterns() -> dict[str, regex.Pattern[str]]:
    forms = sorted(map(regex.escape, _names()), key=len, reverse=True)
    agency = rf"(?<![\p{{L}}\d@.])(?P<agency>{'|'.join(forms)})(?![\p{{L}}\d])"
    name = r"\p{Lu}[\p{L}.'’-]*"
    other = r"[^()\[\]/=\n]{1,30}"
    return {
        # PARIS, May 9 (Reuters) - / FLINT (WWJ/AP) – / МОСКВА, 9 мая. /ТАСС/.
        "dateline": regex.compile(
            rf"[^\n]{{0,{_LONGEST_DATELINE}}}?[(\[/（［]\s?(?:{other}[/=＝])?{agency}"
            rf"(?:/\w{{1,20}}|[,\s][^()\[\]/\n]{{0,30}})?\s?[)\]/）］](?:{_DASH}|\.\s|\s(?=[\p{{Lu}}\p{{Lo}}]))"
        ),
        # МОСКВА, 9 мая — РИА Новости. / القاهرة - رويترز:
        "opening": regex.compile(
            rf"[\p{{Lu}}\p{{Lo}}][^\n()]{{1,{_LONGEST_DATELINE}}}?\s?[-–—]\s?"
            rf"{agency}(?:\.\s|{_DASH}\s)"
        ),
        # ТАСС, 9 мая.
        "dated": regex.compile(rf"\W{{0,2}}{agency},\s\d{{1,2}}\s\p{{L}}{{3,12}}\.\s"),
        # ... he said. — AFP
        "ending": regex.compile(rf"[.!?…।。][\"'”’»)]*(?:\s*[-–—]\s*|\s+){agency}\.?$"),
        # 新华社北京5月9日电
        "chinese": regex.compile(
            rf"[（(【]?(?P<agency>{'|'.join(forms)})\p{{Han}}{{0,12}}\d{{1,2}}[月日]"
        ),
        # Copyright 2017 The Associated Press. All rights reserved.
        "rights": regex.compile(
            rf"(?i:copyright|©|\(c\))(?:\s|©|\d|,|(?i:\(c\)|copyright|by|the)(?!\p{{L}}))*{agency}(?!\s?/)"
        ),
        # Xinhua | Updated: 2026-05-09 17:52
        "stamp": regex.compile(rf"{agency}\s*\|.*"),
        # Reuters / (ANP) / Bron: ANP / Reuters - AP - AFP
        "line": regex.compile(
            rf"[\s(\[—–-]*(?i:{_LABEL}){agency}"
            rf"(?:\s*(?:[,/&|·-]|and|en|und|et|y|и)\s*(?:{'|'.join(forms)}))*[\s)\].]*"
        ),
        # By Jane Doe, Associated Press / JANE DOE Associated Press Writer
        "byline": regex.compile(
            rf"(?:(?i:by|door|von|por|di|par):?\s+\p{{Lu}}[^\n:;]{{2,50}}[,\s|]\s*|"
            rf"{name}(?:\s(?:(?:and|en|und|et|y)\s)?{name}){{1,8}},\s?)"
            rf"{agency}(?:\s+(?i:writer|staff|correspondent|news\sagency))*"
        ),
    }


def credited_agency(text: str, author: str = "") -> str:
    """Return the name of the agency that wrote `text`, empty where it credits none.

    Parameters
    ----------
    text
        The article before cleaning, which takes credits out.
    author
        Its byline, or empty.
    """
    found = _in_byline(author)
    if found or not _may_credit(text):
        return found
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    after = max((len(lines) + 1) // 2, len(lines) - LAST_LINES)
    first = (_at_start(line) for line in lines[:FIRST_LINES])
    last = (_in_rights(line) or _whole(line, "line") for line in lines[after:])
    return next(filter(None, chain(first, last)), "") or _ending(lines[-1])


def _may_credit(text: str) -> bool:
    """Tell whether either end of `text` names an agency at all: most texts name none."""
    last = len(text) - _END_CHARACTERS
    if last <= _END_CHARACTERS:
        return _names_any(text, 0, len(text))
    return _names_any(text, 0, _END_CHARACTERS) or _names_any(text, last, len(text))


def _names_any(text: str, start: int, end: int) -> bool:
    """Tell whether a part of `text` names an agency."""
    if _any_name(small=False).search(text, start, end):
        return True
    for form in _small_names():
        at = text.find(form, start, end)
        if at >= 0 and _any_name(small=True).search(text, at, end):
            return True
    return False


def _in_byline(author: str) -> str:
    if not author:
        return ""
    for part in _NAMES_APART.split(author):
        if agency := _names().get(part.strip(" )")):
            return agency
    return ""


def _at_start(line: str) -> str:
    patterns = _patterns()
    for shape in ("dateline", "opening", "dated", "chinese"):
        if match := patterns[shape].match(line):
            return _names()[match["agency"]]
    return _in_rights(line) or _whole(line, "byline") or _whole(line, "stamp")


def _ending(line: str) -> str:
    match = _patterns()["ending"].search(line, max(0, len(line) - _LONGEST_CREDIT))
    return _names()[match["agency"]] if match else ""


def _in_rights(line: str) -> str:
    match = _patterns()["rights"].search(line)
    if match and not _PICTURED.search(line[: match.start()]):
        return _names()[match["agency"]]
    return ""


def _whole(line: str, shape: str) -> str:
    if len(line) > _LONGEST_CREDIT:
        return ""
    match = _patterns()[shape].fullmatch(line)
    return _names()[match["agency"]] if match else ""
