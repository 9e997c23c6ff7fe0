"""Chooses the headline among those that a page states, and frees it of the site's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

from engine.reading.pages.endings import Site, without_site

ORDER: Final = ("json-ld", "opengraph", "heading", "twitter", "title")
"""Where a page states its headline, the most trusted place first."""


def choose_headline(
    stated: Mapping[str, str],
    *,
    host: str,
    site_names: Iterable[str] = (),
    sections: Iterable[str] = (),
) -> str:
    """Return the headline of a page.

    Parameters
    ----------
    stated
        Place (see `ORDER`) to what the page states there.
    host
        Host of the page; a short table knows hosts that depart from the order.
    site_names
        Names of the site as it calls itself.
    sections
        Names of the parts of the site that the page belongs to.
    """
    site = Site.of(host=host, names=site_names, sections=sections)
    for place in (_usual_place(host), *ORDER):
        if stated.get(place):
            others = {text for other, text in stated.items() if other != place}
            return without_site(stated[place], others=others, site=site)
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
    table = files("engine.reading.pages").joinpath("sites.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return dict(rows)
