"""Finds what stands glued before the first sentence: datelines, leftover dates, video notes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.reading.cleaning.phrases import LONGEST_LINE, phrases
from engine.words.late import late, with_properties

if TYPE_CHECKING:
    import regex

_SHORTEST_LEAD: Final = 60
"""Characters of a line that starts with a dateline; shorter ones are headings."""

_SHORTEST_NAMED: Final = 30
"""The same where the dateline names an agency in brackets: headings do not."""

_N_NAMED: Final = 2
"""First patterns, which want an agency in brackets."""

_LEFTOVER: Final = late(
    with_properties,
    r"\W{0,3}(?:date|datum|fecha|дата)\s*:?\s*\d{4}-\d{1,2}(?:-\d{1,2})?"
    r"(?:[ T]\d\d:\d\d(?::\d\d)?Z?)?[\s,;:–—-]*",
    re.IGNORECASE,
)
"""A column name and its value, left by an export: no sentence starts so."""

_CHINESE: Final = late(
    with_properties,
    r"(?:【[^】\n]{2,30}(?:电|電|讯|訊|报道|報道|消息)】"
    r"|(?:[（(])?(?:\p{Han}{2,8}(?:社|网|網|报|報|客户端)|央视新闻|中央社)\p{Han}{0,12}"
    r"\d{1,2}(?:月\d{1,2})?日(?:电|電|讯|訊)?\s?(?:[（(](?:记者|記者)[^）)\n]{1,30}[）)])?"
    r"(?:[）)]|(?<=电|電|讯|訊)|(?<=[）)]))|[（(](?:新华社|中新社|中央社|法新社|路透社|美联社)[）)])[\s:：—-]*",
)
_JAPANESE: Final = late(
    with_properties,
    r"(?:【[^】\n]{1,24}[＝=][^】\n]{1,24}】|［[^］\n]{1,24}(?:ロイター|共同|時事|ＡＦＰ|AFP)］\s?[-—－]?)\s*",
)
_KOREAN: Final = late(
    with_properties,
    r"(?:[(\[][^)\]\n]{1,12}[=＝](?:연합뉴스|뉴시스|뉴스1)[)\]]"
    r"(?:\s?[가-힣·, ]{2,20} (?:특파원|기자)\s?=)?"
    r"|\[[^\]\n]{1,20}\s?기자\])\s*",
)

_COLUMNS: Final = ("date", "datum", "fecha", "дата")
_LONGEST_COLUMN: Final = 8
"""Characters of the longest name of a column and of the signs before it."""

_HELD: Final = re.compile(r"[(\[/\d]")
_FIRST_ARABIC: Final = "\u0600"

_SHORT: Final = 5
"""Letters; capitals that short before a dash are a place only when the table says so."""

_SENTENCE: Final = r"(?=[\"“„«'‘(]|\p{Lu}[\p{Ll}\s'’])"
"""What follows a dateline: a quotation, or a capital and a small letter."""

_CAPITALS: Final = late(
    with_properties,
    r"(\p{Lu}[\p{Lu}\p{M}.'’/-]{1,24}(?: \p{Lu}[\p{Lu}\p{M}.'’/-]{1,20}){0,3})"
    r"(?:,\s\p{Lu}[\p{L}. ]{2,20})?"
    r"\s?(?:--|[-–—])\s+" + _SENTENCE,
)
"""AMSTERDAM - De"""


@lru_cache(maxsize=2)
def _patterns(*, named: bool) -> tuple[regex.Pattern[str], ...]:
    """Return the patterns that are tried in turn, those that name an agency only if `named`."""
    month = r"\p{L}{3,12}\.?"
    date = rf"(?:\d{{1,2}}\.?(?:\s(?:de\s)?{month})?|{month}\s\d{{1,2}})(?:[\s,]+\d{{4}}\.?)?"
    name = (
        r"\p{Lu}[\p{L}\p{M}.'’-]*(?:[ /-]+(?:\p{Lu}|de |am |an |sur |den )[\p{L}\p{M}.'’-]*){0,4}"
    )
    place = rf"{name}(?:,\s{name})?"
    # ROMA, 09 MAG -
    dated = with_properties(rf"\p{{Lu}}[\p{{Lu}} '’-]{{1,30}},\s{date}\s?[-–—]\s+{_SENTENCE}")
    if not named:
        return (dated, _CHINESE, _JAPANESE, _KOREAN)
    agency = rf"(?i:{phrases()['agency'].source})"
    arabic = r"[\p{Arabic}\s،-]{2,40}?"
    dash = r"\s?(?:--|[-–—―:])\s*"
    held = rf"[(\[/]\s?{agency}(?:[/,\s][^()\[\]\n]{{0,30}})?\s?[)\]/]"
    return (
        # AMSTERDAM (ANP) - / PARIS, May 9 (Reuters) — / МОСКВА, 9 мая. /ТАСС/.
        with_properties(rf"{place}(?:,?\s{date})?[.,]?\s?{held}(?:{dash}|\.\s*)"),
        # (CNN) The / (ANSA) - / (Reuters)
        with_properties(rf"[(\[]{agency}[)\]](?:{dash}|\s+)"),
        # МОСКВА, 9 мая — РИА Новости.
        with_properties(rf"{place},\s{date}\s?[-–—.]\s?/?{agency}/?\s?[-–—.]\s*"),
        dated,
        # القاهرة - رويترز: / واشنطن (رويترز) -
        with_properties(rf"{arabic}\s?[-–—/(]\s?{agency}\s?\)?\s?[-–—:/]+\s*"),
        _CHINESE,
        _JAPANESE,
        _KOREAN,
    )


def prefix_end(line: str) -> tuple[int, str]:
    """Return where the text of `line` starts and the rule that says so; (0, "") if at once."""
    start = line[:_LONGEST_COLUMN].lower()  # spares nearly all lines the pattern
    leftover = _LEFTOVER.match(line) if any(name in start for name in _COLUMNS) else None
    if leftover:
        end = leftover.end()
        return end + _video_end(line[end:], after_date=True), "leftover-date"
    video = _video_end(line, after_date=False)
    if video:
        return video, "video"
    dateline = _dateline_end(line) if len(line) >= _SHORTEST_NAMED else 0
    return dateline, "dateline" if dateline else ""


def _video_end(line: str, *, after_date: bool) -> int:
    """Return where a video note ends: ``Met videoAan het front``, ``[VIDEO] Aan``."""
    match = phrases()["video"].match(line)
    if not match:
        return 0
    lead, phrase, rest = match[1], match[2], line[match.end() :]
    glued = rest[:1].isupper() and rest[1:2].islower()
    if lead.endswith(("[", "(")) and rest.startswith(("]", ")")):
        return _skip(line, match.end() + 1)
    if rest.startswith(":"):
        return _skip(line, match.end() + 1)
    if (glued and " " in phrase) or (after_date and (glued or rest.startswith(" "))):
        return _skip(line, match.end())
    return 0


def _dateline_end(line: str) -> int:
    long = len(line) >= _SHORTEST_LEAD
    # In a long line an agency is looked for longer than all patterns take at its start.
    named = len(line) > LONGEST_LINE or (
        _may_be_named(line) and phrases()["agency"].may_be_in(line)
    )
    if not (long or named):
        return 0
    for pattern in _patterns(named=named)[: None if long else _N_NAMED]:
        match = pattern.match(line)
        if match:
            return int(match.end())
    match = _CAPITALS.match(line)
    return match.end() if long and match and _is_place(match[1]) else 0


def _may_be_named(line: str) -> bool:
    """Tell whether a line has what every dateline with an agency has.

    That is brackets, a date, or Arabic letters or signs at once; to look for these is quicker than
    to look for any of the agencies.
    """
    return line[:1] == "-" or line[:1] >= _FIRST_ARABIC or _HELD.search(line) is not None


def _is_place(capitals: str) -> bool:
    words = capitals.replace("/", " ").split()
    if any(map(phrases()["no-place"].rule_of, words)):
        return False
    return len(capitals) > _SHORT or bool(phrases()["place"].rule_of(words[0]))


def _skip(line: str, position: int) -> int:
    return position + len(line[position:]) - len(line[position:].lstrip(" :–—-"))
