"""The phrases by which page furniture is told: a table, read shape by shape.

A shape is what may stand around a phrase; `engine.reading.cleaning.furniture` asks for each.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.words.folding import folded
from engine.words.late import late, with_properties

if TYPE_CHECKING:
    import regex

LONGEST_LINE: Final = 300
"""Characters; a longer line is prose, whatever it starts with."""

_LEAD = r"^[\W_]{0,6}"
"""Bullets, arrows, brackets and signs before a phrase."""

_WORD = r"(?!\w)"

GAP = "…"
"""Stands in a phrase for words that vary."""

_SPACED: Final = late(with_properties, r"[\p{Latin}\p{Cyrillic}\p{Arabic}\p{Greek}\p{Hebrew}]")

_TEMPLATES: Mapping[str, str] = {
    "alone": _LEAD + r"(?:\d{1,5}\s+)?({phrases})[\s(\[:：]*\d{0,5}[\W_]*$",
    "link": _LEAD + r"({phrases})" + _WORD + r"\s*(.*)$",
    "inside": r"({phrases})",
    "around": _LEAD + r"({phrases})\s*(.*)$",
    "start": _LEAD + r"({phrases})",
    "label": _LEAD + r"({phrases})\s*[:：]\s*(.*)$",
    "byline": _LEAD + r"({phrases})\s+(.*)$",
    "stamp": _LEAD + r"(?:\d{1,3}\s+)?({phrases})" + _WORD + r"\W*(.*)$",
    "video": r"^([\W_]{0,6})({phrases})",
    "caption": _LEAD + r"({phrases})" + _WORD + r"\s*(.*)$",
    "agency": r"({phrases})",
    "place": r"^({phrases})",
    "no-place": r"^({phrases})",
}


@dataclass(frozen=True)
class Phrases:
    """All phrases of one shape.

    Attributes
    ----------
    shape
        Its name in the table of shapes.
    spellings
        The phrases as the table spells them.
    rules
        Phrase, folded, to the name of its rule.
    """

    shape: str
    spellings: tuple[str, ...]
    rules: Mapping[str, str]

    @cached_property
    def pattern(self) -> regex.Pattern[str]:
        """Matches a line that has the shape; its groups are named in the table of shapes."""
        template = _TEMPLATES[self.shape].replace("{phrases}", self.source)
        return with_properties(template, re.IGNORECASE)

    @cached_property
    def source(self) -> str:
        """The alternation of phrases alone, to build other patterns of."""
        longest_first = sorted(self.spellings, key=len, reverse=True)
        glued = self.shape == "video"  # "Met videoAan": what follows is looked at there
        return "|".join(_spelled(p) if glued else _bounded(p) for p in longest_first)

    def match(self, line: str) -> regex.Match[str] | None:
        """Match the start of `line`.

        To make all patterns takes longer than to answer a question, so each is made when the
        first line comes that holds a phrase of it, or is too long to be looked through.
        """
        due = "pattern" in vars(self) or len(line) > LONGEST_LINE
        return self.pattern.match(line) if due or self.may_be_in(line) else None

    def rule_of(self, found: str) -> str:
        """Return the name of the rule of a phrase as a text spells it, empty where it is none."""
        return self.rules.get(folded(found), "")

    def may_be_in(self, line: str) -> bool:
        """Tell whether `line` holds a phrase, or the start of one with a gap.

        It takes a tenth of the time of a search for the pattern.
        """
        shown = folded(line)
        for part in self.beginnings:  # noqa: SIM110 - a generator takes twice as long
            if part in shown:
                return True
        return False

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """The phrases, folded, each up to its gap."""
        return tuple(phrase.partition(GAP)[0] for phrase in self.rules)


@lru_cache(maxsize=1)
def table_text() -> str:
    """Return the table as it is shipped."""
    return Path(__file__).with_name("boilerplate.tsv").read_text("utf-8")


@lru_cache(maxsize=1)
def table_digest() -> str:
    """Return a short digest of the table, part of the cleaner's fingerprint."""
    return hashlib.blake2b(table_text().encode("utf-8"), digest_size=4).hexdigest()


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Phrases]:
    """Return the phrases of every shape."""
    rules: dict[str, dict[str, str]] = defaultdict(dict)
    for line in table_text().splitlines():
        if not line.startswith("#"):
            rule, shape, _, phrase = line.split("\t")
            rules[shape][phrase] = rule
    return {
        shape: Phrases(
            shape, tuple(known), {folded(phrase): rule for phrase, rule in known.items()}
        )
        for shape, known in rules.items()
    }


def ends_in_spaced(phrase: str) -> bool:
    """Tell whether a phrase ends in a script that has spaces between words."""
    last = phrase[-1:]
    return last.isalpha() if last.isascii() else bool(_SPACED.match(last))


def _spelled(phrase: str) -> str:
    """Return the phrase as a pattern; in Turkish ones both small letters i fit either capital."""
    import regex  # which escapes what it reads

    letters = regex.escape(folded(phrase))
    return letters.replace("i", "[iı]") if "ı" in phrase else letters


def _bounded(phrase: str) -> str:
    """Return the phrase as a pattern that ends at a word's end where its script has words."""
    letters = _spelled(phrase).replace(GAP, ".{1,250}?")
    return letters + (_WORD if ends_in_spaced(phrase) else "")
