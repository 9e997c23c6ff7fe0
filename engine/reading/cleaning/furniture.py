"""Decides whether a line is page furniture: one small function per shape of phrase.

Every function errs on the side of keeping: a kept "Read more" costs a little precision,
a cut sentence is lost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.reading.cleaning.phrases import GAP, LONGEST_LINE, ends_in_spaced, phrases
from engine.words.folding import folded
from engine.words.late import late, with_properties

if TYPE_CHECKING:
    import regex

_LONGEST_PROMPT: Final = 250
_LONGEST_CREDIT: Final = 120
_LONGEST_NAME: Final = 80
_MOST_STAMP_WORDS: Final = 8

_SENTENCE_END: Final = late(with_properties, r"[.!?…。！？؟।۔][\"'”’»“)\]]*$")
_CLOCK: Final = late(
    with_properties,
    r"^\W{0,3}(?:[01]?\d|2[0-3])\s?[:.h]\s?[0-5]\d(?:\s?(?:uur|uhr|am|pm|h))?\W{0,3}$",
)
_NOTICE: Final = late(with_properties, r"^\W{0,3}(?:©|copyright\b|\(c\)).{0,100}$", re.IGNORECASE)
_CREDIT_END: Final = late(
    with_properties,
    r"[\s(\[]*(?:©\s?[^©.!?\n]{1,60}"
    r"|\((?:photo|foto|image|bild|фото)(?:\s+by\b|\s*[:：/])[^()\n]{2,80}\))[)\]]?\.?$",
    re.IGNORECASE,
)
"""A photographer or agency at the end of a caption: ``© AFP``, ``(Photo by A. B./Getty)``."""

_COPYRIGHT: Final = late(with_properties, r"©|\(c\)|\bcopyright\b", re.IGNORECASE)
_STOPS: Final = ("", ".", "!", "|", "–", "—", "-", ")", "(", "[", "]", "·", "•", "*", "。")
_COMMAS: Final = (",", "،", "，", "、", "'", "’", '"', "”")
_ITEM: Final = late(with_properties, r"[-•*–▪‣·]\s+\w")

_NAME: Final = r"\p{Lu}[\p{L}\p{M}.'’-]*"
_PARTICLE: Final = (
    "and|en|und|et|y|e|och|og|de|del|della|van|von|der|den|ter|ten|te|da|di|dos|la|le|el|al|bin"
)

_FIRST: Final = r"[\W_]*(\w*)"
_FIRST_WORD: Final = late(with_properties, _FIRST)
_FIRST_ASCII_WORD: Final = re.compile(_FIRST, re.ASCII)
_LETTER: Final = late(with_properties, r"\w")
_DIGIT: Final = late(with_properties, r"\d")
_SHORT_END: Final = late(with_properties, r"\d\.?$|[ap]\.m\.$")

_NO_BEGINNING: Final = frozenset(("inside", "agency", "place", "no-place"))
"""Shapes that make no line furniture, or whose phrases stand anywhere."""


@lru_cache(maxsize=1)
def _names() -> regex.Pattern[str]:
    agencies = phrases()["agency"].source
    return with_properties(
        rf"(?:(?i:{agencies})|{_NAME}(?:[\s,&]+(?:{_NAME}|(?:{_PARTICLE})(?=\s))){{1,8}})"
    )


def furniture_rule(line: str, *, near_edge: bool) -> str:
    """Return the name of the rule that makes `line` furniture, or empty when it is text.

    Parameters
    ----------
    line
        One line, repaired, not empty.
    near_edge
        Whether it is among the first or last lines, where author lines stand.
    """
    if len(line) > LONGEST_LINE or not may_be_furniture(line):
        return ""
    return asked_rules(line, near_edge=near_edge)


def asked_rules(line: str, *, near_edge: bool) -> str:
    """Return the same of a line that is not too long, by asking every rule."""
    if _CLOCK.match(line):
        return "clock"
    if _NOTICE.match(line):
        return "rights"
    return (
        _alone(line)
        or _link(line)
        or _prompt(line)
        or _around(line)
        or _label(line)
        or _stamp(line)
        or _caption(line)
        or (_byline(line) if near_edge else "")
    )


def may_be_furniture(line: str) -> bool:
    """Tell whether a rule can apply to `line`: asking each of them takes ten times as long.

    All but notices want a phrase, a number or a sign of copyright at its start, behind signs.
    """
    shown = folded(line)
    start, word = _first_word(shown)
    if word[:1].isdecimal() or "©" in shown[:start]:
        return True
    begun = _beginnings(ascii_alone=shown.isascii())
    return (
        shown.startswith(begun.get(word, ()), start)
        or shown.startswith(begun.get(word[:1], ()), start)
        or phrases()["inside"].may_be_in(shown)
    )


def _first_word(shown: str) -> tuple[int, str]:
    """Return where the first word of a line starts, and the word."""
    pattern = _FIRST_ASCII_WORD if shown.isascii() else _FIRST_WORD
    return (found.start(1), found[1]) if (found := pattern.match(shown)) else (0, "")


@lru_cache(maxsize=2)
def _beginnings(*, ascii_alone: bool) -> Mapping[str, tuple[str, ...]]:
    """Return how lines begin that are furniture, folded, by their first word.

    Phrases behind which the word may go on are found by its first character. Those that are not
    in ASCII alone begin no line that is.
    """
    found = defaultdict(set, {"c": {"c)"}, "copyright": {"copyright"}})
    for known in phrases().values():
        for phrase in known.spellings if known.shape not in _NO_BEGINNING else ():
            begin = folded(phrase.partition(GAP)[0])
            if ascii_alone and not begin.isascii():
                continue
            _, word = _first_word(begin)
            ends = known.shape != "video" and GAP not in phrase and ends_in_spaced(phrase)
            found[word if ends or len(word) < len(begin) else word[:1]].add(begin)
    return {word: tuple(begun) for word, begun in found.items()}


def is_wall(line: str) -> bool:
    """Tell whether `line` asks to subscribe before one may read on."""
    known = phrases()["start"]
    match = known.match(line) if len(line) <= _LONGEST_PROMPT else None
    return match is not None and known.rule_of(match[1]) == "paywall"


def credit_start(line: str) -> int:
    """Return where the photo credit at the end of `line` starts, or its length."""
    start = max(0, len(line) - _LONGEST_CREDIT)
    if line.find("©", start) < 0 and line.find("(", start) < 0:  # spares most lines the pattern
        return len(line)
    match = _CREDIT_END.search(line, start)
    return match.start() if match else len(line)


def ends_sentence(text: str) -> bool:
    """Return whether `text` ends as a sentence does."""
    return _SENTENCE_END.search(text) is not None


def _alone(line: str) -> str:
    for shape in ("alone", "video"):
        known = phrases()[shape]
        match = known.match(line)
        if match and (shape == "alone" or not _LETTER.search(line[match.end() :])):
            return known.rule_of(match[match.lastindex or 1])
    return ""


def _link(line: str) -> str:
    known = phrases()["link"]
    match = known.match(line)
    if not match:
        return ""
    phrase, rest = match[1], match[2].rstrip()
    if not _LETTER.search(rest) or rest[0] in ":：>»→|":
        return known.rule_of(phrase)
    titled = rest[0].isupper() or rest[0] in "-–—\"'“„«‘"
    if " " in phrase and titled and not ends_sentence(rest):
        return known.rule_of(phrase)
    return ""


def _prompt(line: str) -> str:
    if len(line) > _LONGEST_PROMPT:
        return ""
    start, inside = phrases()["start"], phrases()["inside"]
    match = start.match(line)
    if match:
        return start.rule_of(match[1])
    match = inside.pattern.search(line) if inside.may_be_in(line) else None
    return inside.rule_of(match[1]) if match and _is_notice(line, match.span(1)) else ""


def _is_notice(line: str, span: tuple[int, int]) -> bool:
    """Tell a legal notice from a sentence that holds its words, such as an album's name.

    A notice has a sign of copyright, or the phrase stands between signs, or starts a short
    line that ends as no sentence does.
    """
    before, after = line[: span[0]].rstrip(), line[span[1] :].lstrip()
    if _COPYRIGHT.search(line):
        return True
    if before[-1:] not in _STOPS:
        return False
    short = len(line) <= _LONGEST_NAME and not ends_sentence(line) and after[:1] not in _COMMAS
    return after[:1] in _STOPS or short


def heads_list(line: str) -> bool:
    """Tell whether `line` is nothing but the heading of a list of other articles."""
    for shape in ("alone", "link"):
        known = phrases()[shape]
        match = known.match(line)
        rest = line[match.end(1) :] if match else "x"
        if match and not _LETTER.search(rest):
            return known.rule_of(match[1]) == "read-more"
    return False


def is_list_item(line: str) -> bool:
    """Tell whether `line` is an item of a list and no sentence, as the title of an article is."""
    return bool(_ITEM.match(line)) and len(line) <= LONGEST_LINE and not ends_sentence(line)


def _around(line: str) -> str:
    match = phrases()["around"].match(line)
    site = match[2] if match else ""
    named = site[:1].isupper() or site[:1].isdigit() or "." in site.rstrip(".")
    return "feed-note" if named and len(site) <= _LONGEST_NAME else ""


def _label(line: str) -> str:
    known = phrases()["label"]
    match = known.match(line) if len(line) <= _LONGEST_CREDIT else None
    if not match:
        return ""
    rule = known.rule_of(match[1])
    if rule == "byline" and (len(match[2]) > _LONGEST_NAME or ends_sentence(match[2])):
        return ""
    return rule


def _stamp(line: str) -> str:
    known = phrases()["stamp"]
    match = known.match(line) if len(line) <= _LONGEST_NAME else None
    if not match or not _DIGIT.search(line):
        return ""
    rest = match[2]
    prose = ends_sentence(rest) and not _SHORT_END.search(rest)
    if prose or len(rest.split()) > _MOST_STAMP_WORDS:
        return ""
    return known.rule_of(match[1])


def _caption(line: str) -> str:
    known = phrases()["caption"]
    match = known.match(line)
    if match and (not match[2].strip() or credit_start(line) < len(line)):
        return known.rule_of(match[1])
    return ""


def _byline(line: str) -> str:
    known = phrases()["byline"]
    match = known.match(line) if len(line) <= _LONGEST_NAME else None
    if match and _names().fullmatch(match[2].rstrip(" ,:|")):
        return known.rule_of(match[1])
    return ""
