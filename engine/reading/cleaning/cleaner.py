"""Repairs the characters of a text, takes page furniture out and tells what was cut and why."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.domain import Article
from engine.reading.cleaning.datelines import prefix_end
from engine.reading.cleaning.furniture import (
    credit_start,
    furniture_rule,
    heads_list,
    is_list_item,
)
from engine.reading.cleaning.phrases import LONGEST_LINE, table_digest
from engine.words.late import late

CLEANER_VERSION: Final = 2
"""Raised whenever this module, or one that it calls, cleans another way."""

_EDGE_LINES: Final = 3
"""Lines from either end within which an author line is looked for."""

_PREFIXED_LINES: Final = 2
"""First lines that may carry a dateline: the lead, or the lead under a headline."""

_MOST_PREFIXES: Final = 3
"""Prefixes on one line: an agency, a place and a date, a video note."""

_ENTITY: Final = late(re.compile, r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
"""With its semicolon: ``&copy=2`` in an address is no entity."""

_TAG: Final = late(
    re.compile,
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

_INVISIBLE: Final = late(
    re.compile,
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]",
)
"""Control characters, soft hyphens, direction marks and overrides, and other signs without
width; the joiners U+200C and U+200D stay, Persian and emoji are spelled with them."""

_BLANK_LINES: Final = late(re.compile, r"\n{3,}")

_TAIL: Final = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)

_CYRILLIC_TAIL: Final = (
    "\u0402-\u040f\u0452-\u045f\u0490\u0491‚ѓ„…†‡€‰‹‘’“”•–—™›°±Ііґµ¶·ё№є»јЅѕї\u00a0¤¦§©«¬®"
)

_SUSPICIOUS: Final = late(
    re.compile,
    # One set of first letters: `re` skips to those at once, but not to several alternatives.
    "[\u00c2-\u00df\u00e0-\u00f0РС](?:"
    f"(?<=[\u00c2-\u00df])[{_TAIL}]"
    f"|(?<=[\u00e0-\u00ef])[{_TAIL}]{{2}}"
    f"|(?<=\u00f0)[{_TAIL}]{{3}}"
    f"|(?<=[РС])[{_CYRILLIC_TAIL}](?:[РС][{_CYRILLIC_TAIL}]){{2}})",
)
"""UTF-8 that was read as Windows-1252, Latin-1 or Windows-1251; ftfy has the last word."""

FEWEST_ARTICLES: Final = 5
"""Articles that must hold a line. Fewer may share a sentence of background."""

LEAST_SHARE: Final = 0.02
"""Share of the outlet's articles that must hold it."""

MOST_LINES: Final = 200_000
"""Lines counted at a time; above it those seen once are forgotten."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece of furniture.

    Attributes
    ----------
    line
        Line number from 1 in the repaired text.
    rule
        Name of the rule that cut it.
    before, after
        The line before and after; `after` is empty when the whole line went.
    """

    line: int
    rule: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text and the way to it.

    Attributes
    ----------
    text
        What is left.
    repaired
        The text with repaired characters, nothing cut.
    cuts
        What was cut from `repaired`, in its order.
    """

    text: str
    repaired: str
    cuts: tuple[Cut, ...]

    def diff(self) -> Iterator[tuple[str, str, str]]:
        """Yield (sign, line, rule): ``" "`` for a kept line, ``"-"`` and ``"+"`` for a cut one."""
        by_line = {cut.line: cut for cut in self.cuts}
        for number, line in enumerate(self.repaired.split("\n"), start=1):
            cut = by_line.get(number)
            if cut is None:
                yield " ", line, ""
                continue
            yield "-", cut.before, cut.rule
            if cut.after:
                yield "+", cut.after, cut.rule


def fingerprint() -> str:
    """Return the name of this cleaner: it changes whenever cleaning may change."""
    return f"clean-{CLEANER_VERSION}-{table_digest()}"


def clean(text: str, *, repeated: Collection[str] = ()) -> Cleaned:
    """Return `text` without page furniture.

    Characters are repaired first (entities, tags, mojibake, control characters, spaces).
    Then datelines, leftover export columns, video notes, photo credits and captions,
    "read more" links with the list under them, advertisements, prompts to share and
    subscribe, author lines and time stamps go, by rules in some 30 languages. A line goes
    whole only when it is nothing else; sentences that merely look alike stay.

    Parameters
    ----------
    text
        As it was read.
    repeated
        Lines, repaired, that the outlet repeats; they go too.
    """
    repaired = repair(text)
    lines = repaired.split("\n")
    kept: list[str] = []
    cuts: list[Cut] = []
    n_texts = 0
    in_list = False
    for number, line in enumerate(lines, start=1):
        if not line:
            kept.append(line)
            continue
        near_edge = number <= _EDGE_LINES or number > len(lines) - _EDGE_LINES
        rule = "repeated" if line in repeated else furniture_rule(line, near_edge=near_edge)
        if in_list and not rule and is_list_item(line):
            rule = "read-more"
        in_list = bool(rule) and (in_list or heads_list(line))
        after = "" if rule else line
        if not rule:
            after, rule = _trimmed(line, may_have_prefix=n_texts < _PREFIXED_LINES)
        if rule:
            cuts.append(Cut(number, rule, line, after))
        if after:
            n_texts += 1
            kept.append(after)
    if not cuts:
        return Cleaned(repaired, repaired, ())
    return Cleaned(_joined(kept), repaired, tuple(cuts))


def clean_title(title: str) -> str:
    """Return `title` with its characters repaired, on one line."""
    return " ".join(repair(title).split())


def _trimmed(line: str, *, may_have_prefix: bool) -> tuple[str, str]:
    """Return `line` without what is glued to its ends, and the first rule that cut."""
    first_rule = ""
    for _ in range(_MOST_PREFIXES if may_have_prefix else 0):
        start, rule = prefix_end(line)
        if not start:
            break
        line = line[start:].lstrip()
        first_rule = first_rule or rule
    end = credit_start(line)
    if 0 < end < len(line):
        line = line[:end].rstrip()
        first_rule = first_rule or "credit"
    return line, first_rule


def _joined(lines: list[str]) -> str:
    """Join lines, at most one blank line between two."""
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()


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
    # No plain text is mojibake, and most texts are plain or have none.
    suspicious = not text.isascii() and _SUSPICIOUS.search(text) is not None
    lines = (_repaired(line, suspicious) for line in text.splitlines())
    text = "\n".join(lines)
    if "\n\n\n" in text:  # spares nearly all texts the pattern
        text = _BLANK_LINES.sub("\n\n", text)
    text = text.strip("\n")
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _repaired(line: str, suspicious: bool) -> str:
    """Return a line without mojibake, invisible signs and spaces that are no single plain ones."""
    if suspicious:
        line = _decoded(line)
    if not line.isprintable():  # neither is what is invisible, nor any other space
        line = _INVISIBLE.sub("", line)
    elif "  " not in line:
        return line.strip()
    return " ".join(line.split())


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


def repeated_lines(articles: Iterable[Article]) -> frozenset[str]:
    """Return the lines that one outlet repeats.

    An article that was published again under the same title counts once: an update
    repeats every line of what it updates.

    Parameters
    ----------
    articles
        All of one source; read once, not kept.
    """
    counts: Counter[str] = Counter()
    titles: set[int] = set()
    n_articles = 0
    for article in articles:
        title = hash(article.title or article.body[:LONGEST_LINE])
        if title in titles:
            continue
        titles.add(title)
        n_articles += 1
        lines = set(repair(article.raw or article.body).split("\n"))
        counts.update(line for line in lines if 0 < len(line) <= LONGEST_LINE)
        if len(counts) > MOST_LINES:
            counts = Counter({line: count for line, count in counts.items() if count > 1})
    fewest = max(FEWEST_ARTICLES, LEAST_SHARE * n_articles)
    return frozenset(line for line, count in counts.items() if count >= fewest)
