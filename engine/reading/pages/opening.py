"""Frees the start of a text of the headline and of lines that stand there twice."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher
from typing import Final

from engine.reading.pages.headlines import letters

_FIRST_LINES: Final = 8
"""Lines that hold headline and standfirst; what is said again later is said on purpose."""

_LONGEST: Final = 300
"""Characters of a headline."""

_ENDING: Final = 0.8
"""Share of the longer line that the shorter must hold for the rest to be an ending."""

_LIKE: Final = 0.9
"""Likeness from which a line spells a headline another way: quotes, a changed word's ending."""

_SHORTEST_TWICE: Final = 40
"""Letters of a standfirst; shorter lines may be said twice."""


def without_headline(text: str, headlines: Collection[str]) -> str:
    """Return `text` without lines at its start that repeat a headline or an earlier line.

    Parameters
    ----------
    text
        Paragraphs, one a line.
    headlines
        All that the page states as its headline.

    Returns
    -------
    str
        The rest; `text` itself where nothing would be left.
    """
    known = [plain for headline in headlines if (plain := letters(headline[:_LONGEST]))]
    lines = text.split("\n")
    kept: list[str] = []
    seen: set[str] = set()
    for line in lines[:_FIRST_LINES]:
        plain = letters(line)
        twice = plain in seen and len(plain) >= _SHORTEST_TWICE
        if twice or (len(line) <= _LONGEST and any(_repeats(plain, other) for other in known)):
            continue
        seen.add(plain)
        kept.append(line)
    rest = "\n".join([*kept, *lines[_FIRST_LINES:]]).strip()
    return rest or text


def _repeats(line: str, headline: str) -> bool:
    shorter, longer = sorted((line, headline), key=len)
    if len(shorter) < _ENDING * len(longer) or not shorter:
        return False
    if longer.startswith(shorter):
        return True
    return SequenceMatcher(None, line, headline, autojunk=False).ratio() >= _LIKE
