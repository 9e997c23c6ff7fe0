"""Chooses the headline among those that a page states, and frees it of the site's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

ORDER: Final = ("json-ld", "opengraph", "heading", "twitter", "title")
"""Where a page states its headline, the most trusted place first."""

_SEPARATOR: Final = re.compile(r"\s+[|\-–—•·*»:/]+\s+|\s*[|｜]\s*")

_SHORTEST: Final = 8
"""Characters that are left of a headline when a site's name is cut off it."""

_SHORTEST_NAME: Final = 4
"""Letters of a site's name that may be looked for inside a longer ending."""


def choose_headline(stated: Mapping[str, str], *, host: str, site_names: Collection[str]) -> str:
    """Return the headline of a page.

    Parameters
    ----------
    stated
        Place (see `ORDER`) to what the page states there.
    host
        Host of the page; a short table knows hosts that depart from the order.
    site_names
        Names of the site as it calls itself.
    """
    site_names = (*site_names, host, host.split(".")[0])
    names = {plain for name in site_names if (plain := _letters(name))}
    for place in (_usual_place(host), *ORDER):
        if stated.get(place):
            others = {text for other, text in stated.items() if other != place}
            return _without_site(stated[place], others=others, names=names)
    return ""


def _usual_place(host: str) -> str:
    """Return where `host`, or the site it is part of, states its headline; empty for the order."""
    while host:
        if host in _places():
            return _places()[host]
        host = host.partition(".")[2]
    return ""


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    table = files("engine.reading").joinpath("sites.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return dict(rows)


def _without_site(headline: str, *, others: Collection[str], names: Collection[str]) -> str:
    """Cut ``| The Echo`` off: where another place states the rest, or the ending names the site."""
    separators = list(_SEPARATOR.finditer(headline))
    for separator in separators:
        if headline[: separator.start()] in others:
            return headline[: separator.start()]
    for separator in reversed(separators):
        rest, ending = headline[: separator.start()], _letters(headline[separator.end() :])
        if len(rest) < _SHORTEST or not any(_same_name(ending, name) for name in names):
            break
        headline = rest
    return headline


def _same_name(ending: str, name: str) -> bool:
    if ending == name:
        return True
    shorter = min(len(ending), len(name))
    return shorter >= _SHORTEST_NAME and (ending in name or name in ending)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()
