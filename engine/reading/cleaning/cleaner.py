"""Takes page furniture out of a text and tells what was cut and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from engine.reading.cleaning.characters import repair
from engine.reading.cleaning.datelines import prefix_end
from engine.reading.cleaning.furniture import credit_start, furniture_rule
from engine.reading.cleaning.phrases import table_digest

CLEANER_VERSION: Final = 1
"""Raised whenever this module, or one that it calls, cleans another way."""

_EDGE_LINES: Final = 3
"""Lines from either end within which an author line is looked for."""

_PREFIXED_LINES: Final = 2
"""First lines that may carry a dateline: the lead, or the lead under a headline."""

_MOST_PREFIXES: Final = 3
"""Prefixes on one line: an agency, a place and a date, a video note."""


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
    "read more" links, advertisements, share, newsletter and cookie prompts, author lines
    and time stamps go, by rules in some 30 languages. A line goes whole only when it is
    nothing else; sentences that merely look alike stay.

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
    for number, line in enumerate(lines, start=1):
        if not line:
            kept.append(line)
            continue
        near_edge = number <= _EDGE_LINES or number > len(lines) - _EDGE_LINES
        rule = "repeated" if line in repeated else furniture_rule(line, near_edge=near_edge)
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
