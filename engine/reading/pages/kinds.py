"""Tells pages that hold no article, and headings that are no headline, by a table of phrases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from engine.reading.pages.headlines import letters

_LONGEST: Final = 1500
"""Characters of a page that is no article; one that says more is read whatever its title."""

_SITE: Final = re.compile(r"\s[|–—-]\s.{1,40}$")
"""The site's name behind a title."""

_NAMES: Final = {
    "error": "an error page",
    "challenge": "a page that tests for robots",
    "consent": "a page that asks for consent",
}


def kind_of_page(*, title: str, text: str) -> str:
    """Return what a page is that holds no article, empty for one that may.

    Parameters
    ----------
    title
        Its headline.
    text
        Its text.
    """
    if len(text) > _LONGEST:
        return ""
    plain, start = letters(_SITE.sub("", title)), letters(text)
    for kind, name in _NAMES.items():
        known = _phrases()[kind]
        if plain in known or (kind != "error" and start.startswith(tuple(known))):
            return name
    return ""


def is_no_headline(text: str) -> bool:
    """Tell whether `text` heads a menu, a search box or a login."""
    return letters(text) in _phrases()["heading"]


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, frozenset[str]]:
    """Return the letters of the phrases of every kind."""
    table = files("engine.reading.pages").joinpath("phrases.tsv").read_text("utf-8")
    found: dict[str, set[str]] = defaultdict(set)
    for line in table.splitlines():
        if not line.startswith("#"):
            kind, _, phrase = line.split("\t")
            found[kind].add(letters(phrase))
    return {kind: frozenset(phrases) for kind, phrases in found.items()}
