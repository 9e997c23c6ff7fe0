"""Finds the first-level heading that is the headline, not a logo, a menu or a login."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlsplit

from engine.reading.pages.headlines import letters
from engine.reading.pages.kinds import is_no_headline
from engine.reading.pages.lines import INLINE

_MOST: Final = 20
"""Headings looked at."""

_SHORTEST: Final = 8
"""Letters of a heading that another statement may begin with or hold."""


def heading_of(tree: Any, *, others: Collection[str]) -> str:  # noqa: ANN401 - lxml, untyped
    """Return the heading of the article, empty where the page has none.

    One that another place of the page states goes first, spelled as it is there where only
    spaces differ; else the first that neither links home nor heads a menu.

    Parameters
    ----------
    tree
        Page as parsed by lxml.
    others
        What the other places state as the headline.
    """
    headings = [heading for _, heading in zip(range(_MOST), tree.iter("h1"), strict=False)]
    known = [(other, plain) for other in others if (plain := letters(other))]
    for heading in headings:
        text = _spaced(heading)
        own = letters(text)
        for other, plain in known:
            if own == plain:
                return other
            if len(own) >= _SHORTEST and own in plain:
                return text
    texts = (_spaced(heading) for heading in headings if not _is_logo(heading))
    return next((text for text in texts if text and not is_no_headline(text)), "")


def _is_logo(heading: Any) -> bool:  # noqa: ANN401
    """Tell whether a heading stands in a menu, or is a link to the front page."""
    if next(heading.iterancestors("nav"), None) is not None:
        return True
    inside = (
        link for link in heading.iter("a") if letters(_spaced(link)) == letters(_spaced(heading))
    )
    links = (*inside, *heading.iterancestors("a"))
    return any(_leads_home(link.get("href") or "") for link in links)


def _leads_home(href: str) -> bool:
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    return bool(href.strip()) and parts.path in ("", "/", "./") and not parts.query


def _spaced(element: Any) -> str:  # noqa: ANN401
    """Return the text of `element` on one line, with a space where two elements meet."""
    from lxml import etree  # in the extra for pages

    parts: list[str] = []
    has_ended = False
    for event, part in etree.iterwalk(element, events=("start", "end")):
        if part.tag not in INLINE or (event == "start" and has_ended):
            parts.append(" ")
        text = (part.text if event == "start" else part.tail) or ""
        has_ended = event == "end" and not text
        if event == "start" or part is not element:
            parts.append(text)
    return " ".join("".join(parts).split())
