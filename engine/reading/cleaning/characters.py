"""Repairs the characters of a text: entities, tags, mojibake, control characters, spaces.

Nothing here removes words. Quotes stay curled and full-width characters stay wide: they
are how the outlet writes.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
"""With its semicolon: ``&copy=2`` in an address is no entity."""

_TAG: Final = re.compile(
    r"<!--|-->|<(/?)(p|br|div|span|a|b|i|u|em|strong|small|ul|ol|li|h[1-6]|img|figure|figcaption"
    r"|blockquote|table|tbody|tr|td|th|hr|section|article|aside|header|footer|iframe|video|audio"
    r"|source|picture|sup|sub|font|center|script|style|noscript|svg|path|form|input|button|label"
    r"|time|cite|q|mark|pre|code|abbr|html|head|body|title|meta|link)"
    r"(?=[\s/>])([^<>]{0,4000})>",
    re.IGNORECASE,
)
"""Tags that feeds leave in a text; ``<3`` and ``a < b`` are none."""

_SILENT: Final = frozenset(("script", "style", "noscript", "svg", "iframe", "form", "button"))
"""Elements whose content nobody reads."""

_INLINE: Final = frozenset(
    ("span", "a", "b", "i", "u", "em", "strong", "small", "sup", "sub", "font", "cite", "q", "mark")
)
"""Elements that do not break the line."""

_BREAKS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")

_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters, soft hyphens, direction marks and overrides, and other signs without
width; the joiners U+200C and U+200D stay, Persian and emoji are spelled with them."""

_SPACES: Final = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINE_ENDS: Final = re.compile(r" *\n *")
_BLANK_LINES: Final = re.compile(r"\n{3,}")

_TAIL = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
_TAIL += "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
_SUSPICIOUS: Final = re.compile(
    f"[\u00c2-\u00df][{_TAIL}]|[\u00e0-\u00ef][{_TAIL}]{{2}}|\u00f0[{_TAIL}]{{3}}"
    "|(?:[РС][\u0402-\u040f\u0452-\u045f\u0490\u0491‚ѓ„…†‡€‰‹‘’“”•–—™›°±Ііґµ¶·ё№є»јЅѕї\u00a0¤¦§©«¬®]){3}"
)
"""UTF-8 that was read as Windows-1252, Latin-1 or Windows-1251; ftfy has the last word."""


def repair(text: str) -> str:
    """Return `text` with its characters repaired, in Unicode form NFC.

    Entities and leftover tags are resolved, mojibake is undone (by ftfy), control and
    invisible characters go, spaces are plain and single, blank lines at most one.
    """
    if "&" in text and _ENTITY.search(text):
        text = _unescape(text)
    if "<" in text and _TAG.search(text):
        text = _without_tags(text)
        if "&" in text:
            text = _unescape(text)
    text = _BREAKS.sub("\n", text)
    if _SUSPICIOUS.search(text):
        text = "\n".join(map(_decoded, text.split("\n")))
    text = _INVISIBLE.sub("", text)
    text = _SPACES.sub(" ", text)
    text = _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _unescape(text: str) -> str:
    """Resolve entities, also those escaped twice (``&amp;quot;``)."""
    for _ in range(2):
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text


def _without_tags(text: str) -> str:
    """Return what a reader of the page would see of `text`."""
    seen: list[str] = []
    position = 0
    hidden_by = ""
    for tag in _TAG.finditer(text):
        if _is_prose(tag):
            continue
        name = (tag[2] or tag[0]).lower()
        if hidden_by:
            if name == ("-->" if hidden_by == "<!--" else hidden_by) and tag[1] != "":
                hidden_by = ""
                position = tag.end()
            continue
        seen.append(text[position : tag.start()])
        position = tag.end()
        if name == "<!--" or (name in _SILENT and not tag[1] and not tag[0].endswith("/>")):
            hidden_by = name
        elif name not in _INLINE:
            seen.append("\n")
    seen.append("" if hidden_by else text[position:])
    return "".join(seen)


def _is_prose(tag: re.Match[str]) -> bool:
    """Tell ``a<b but c>d`` from a tag: words in brackets without any attribute."""
    attributes = tag[3] or ""
    return len(tag[2] or "") == 1 and "=" not in attributes and attributes.strip(" /") != ""


def _decoded(line: str) -> str:
    if not _SUSPICIOUS.search(line):
        return line
    fix, options = _ftfy()
    fixed: str = fix(line, options)
    return fixed


@lru_cache(maxsize=1)
def _ftfy() -> tuple[Any, Any]:
    import ftfy

    return ftfy.fix_encoding, ftfy.TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        normalization=None,
    )
