"""The table of page furniture (boilerplate.tsv), as patterns by shape.

The table is data that a person reviews; the shapes, which say where a phrase must stand
to count, are in `engine.reading.cleaning.furniture`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import regex

_LEAD = r"^[\W_]{0,6}"
"""Bullets, arrows, brackets and signs before a phrase."""

_WORD = r"(?!\w)"

_TEMPLATES: Mapping[str, str] = {
    "alone": _LEAD + r"(?:\d{1,5}\s+)?({phrases})[\s(\[:：]*\d{0,5}[\W_]*$",
    "link": _LEAD + r"({phrases})" + _WORD + r"\s*(.*)$",
    "inside": r"^.*?({phrases})",
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


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases of one shape.

    Attributes
    ----------
    pattern
        Matches a line that has the shape; its groups are named in the table of shapes.
    source
        The alternation of phrases alone, to build other patterns of.
    rules
        Phrase, folded, to the name of its rule.
    """

    pattern: regex.Pattern[str]
    source: str
    rules: Mapping[str, str]

    def rule_of(self, found: str) -> str:
        """Return the name of the rule of a phrase as a text spells it, empty where it is none."""
        return self.rules.get(_folded(found), "")


@lru_cache(maxsize=1)
def table_text() -> str:
    """Return the table as it is shipped."""
    return files("engine.reading.cleaning").joinpath("boilerplate.tsv").read_text("utf-8")


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
            rules[shape][_folded(phrase)] = rule
    return {shape: _compiled(shape, known) for shape, known in rules.items()}


def _folded(phrase: str) -> str:
    """Return `phrase` so that all spellings which the patterns take for equal are equal.

    To them a small i and the Turkish capital with its dot are one letter; to `casefold` the
    latter is an i and a dot.
    """
    return phrase.casefold().replace("\u0307", "").replace("ı", "i")


def _compiled(shape: str, rules: Mapping[str, str]) -> Phrases:
    longest_first = sorted(rules, key=len, reverse=True)
    glued = shape == "video"  # "Met videoAan": what follows is looked at there
    source = "|".join(regex.escape(p) if glued else _bounded(p) for p in longest_first)
    pattern = regex.compile(_TEMPLATES[shape].replace("{phrases}", source), regex.IGNORECASE)
    return Phrases(pattern, source, rules)


def _bounded(phrase: str) -> str:
    """Return the phrase as a pattern that ends at a word's end where its script has words."""
    letters = regex.escape(phrase).replace("…", ".{1,250}?")
    spaced = regex.search(r"[\p{Latin}\p{Cyrillic}\p{Arabic}\p{Greek}\p{Hebrew}]$", phrase)
    return letters + (_WORD if spaced else "")
