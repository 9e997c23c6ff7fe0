"""Chooses the headline among those that a page states, and frees it of the site's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files
from typing import Final

ORDER: Final = ("json-ld", "opengraph", "heading", "twitter", "title")
"""Where a page states its headline, the most trusted place first."""

_HAN_OR_HANGUL: Final = "぀-ヿ㐀-鿿가-힣"

_SEPARATOR: Final = re.compile(
    rf"(?:\s*(?P<strong>[|｜ㅣ：]|--+|\s[›»•·*]\s)\s*"
    rf"|\s+[-–—:/]+\s+|(?<=[{_HAN_OR_HANGUL}])\s*[-–_]\s*)(?=\S)"
)
"""A strong one stands between parts of a title, a weak one also inside headlines."""

_LONGEST: Final = 1000
"""Characters of a headline in which endings are looked for; longer ones are no headlines."""

_SHORTEST: Final = 8
"""Characters of a headline; Chinese ones have a dozen, so less is a section or a kicker."""

_SHORTEST_NAME: Final = 4
"""Letters of a site's name that may be looked for inside a longer or shorter ending."""

_LIKE: Final = 0.85
"""Likeness from which a name is taken for a spelling of a host: Börsen-Zeitung, boersen-zeitung."""

_MOST_WORDS: Final = {True: 2, False: 1}
"""Words besides its name in what a site calls itself after a strong or a weak separator:
``NTV Haber``, ``Metro News``."""

_SECTION_WORDS: Final = 3
"""Words of a section between strong separators, before the site's name."""

_LONGEST_SECTION: Final = 30
"""Characters of a section's name; what is longer is the headline among the breadcrumbs."""

_SECTION_SIGNS: Final = 4
"""Characters of a section in Chinese, Japanese or Korean, before the site's name."""

_LONGEST_REST: Final = 40
"""Characters after the site's name: a section, ``by`` and a name, a date."""

_SIGNS: Final = re.compile(rf"[{_HAN_OR_HANGUL}]{{1,{_SECTION_SIGNS}}}")

_GENERIC: Final = frozenset(["com", "org", "net", "gov", "edu", "www", "news", "online", "en"])
"""Labels of hosts that name no site."""


def choose_headline(
    stated: Mapping[str, str],
    *,
    host: str,
    site_names: Iterable[str] = (),
    sections: Iterable[str] = (),
    places: Mapping[str, str] | None = None,
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
    places
        Host to the place of its headline; the table of known hosts when None.
    """
    site = Site.of(host=host, names=site_names, sections=sections)
    usual = _usual_place(host, _places() if places is None else places)
    free = {
        place: without_site(text, others={*stated.values()} - {text}, site=site)
        for place, text in stated.items()
        if text and not site.is_name(text)
    }
    for place in (usual, *ORDER):
        if free.get(place):
            return free[place]
    return next((stated[place] for place in ORDER if stated.get(place)), "")


def _usual_place(host: str, places: Mapping[str, str]) -> str:
    """Return where `host`, or the site it is part of, states its headline; empty for the order."""
    while host:
        if host in places:
            return places[host]
        host = host.partition(".")[2]
    return ""


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    table = files("engine.reading.pages").joinpath("sites.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Site:
    """What a page's endings are recognised by.

    Attributes
    ----------
    names
        What the site calls itself, and the parts of its host.
    sections
        What the page calls the parts of the site that it belongs to, letters only.
    """

    names: tuple[str, ...]
    sections: frozenset[str]

    @classmethod
    def of(cls, *, host: str, names: Iterable[str], sections: Iterable[str]) -> Site:
        """Return the site at `host` that states these names and sections."""
        labels = [part for part in host.split(".")[:-1] if len(part) > 1 and part not in _GENERIC]
        known = dict.fromkeys(name for name in (*names, host, *labels) if letters(name))
        short = (letters(name) for name in sections if len(name) <= _LONGEST_SECTION)
        return cls(tuple(known), frozenset(filter(None, short)))

    def is_name(self, text: str) -> bool:
        """Tell whether `text` is nothing but what the site calls itself."""
        plain = letters(text)
        return any(plain == letters(name) for name in self.names)


def letters(text: str) -> str:
    """Return the letters and digits of `text`, without case."""
    return "".join(filter(str.isalnum, text)).casefold()


def without_site(headline: str, *, others: Collection[str], site: Site) -> str:
    """Return `headline` without what the site added at its ends.

    Parameters
    ----------
    headline
        As one place of the page states it.
    others
        What the other places state.
    site
        What names the site and its sections.
    """
    if len(headline) > _LONGEST:
        return headline
    known = {plain for other in others if len(plain := letters(other)) >= _SHORTEST}
    separators = list(_SEPARATOR.finditer(headline))
    for separator in separators:
        rest = headline[: separator.start()]
        if letters(rest) in known:
            return rest
    if not separators:
        return headline
    return _without_start(_without_end(headline, separators, site), site)


def _without_end(headline: str, separators: list[re.Match[str]], site: Site) -> str:
    """Cut from the first part on that names the site, then the sections before it."""
    ends = [*(separator.start() for separator in separators[1:]), len(headline)]
    parts = [headline[s.end() : end] for s, end in zip(separators, ends, strict=True)]
    named = next(
        (
            number
            for number, (separator, part) in enumerate(zip(separators, parts, strict=True))
            if separator.start() >= _SHORTEST
            and _names_site(part, site, strong=bool(separator["strong"]))
            and len(headline) - ends[number] <= _LONGEST_REST
        ),
        None,
    )
    cut = len(separators) if named is None else named
    while cut and separators[cut - 1].start() >= _SHORTEST:
        part = parts[cut - 1]
        strong = bool(separators[cut - 1]["strong"])
        is_short = len(part.split()) <= _SECTION_WORDS if strong else _SIGNS.fullmatch(part)
        if not (named is not None and is_short) and letters(part) not in site.sections:
            break
        cut -= 1
    return headline[: separators[cut].start()] if cut < len(separators) else headline


def _without_start(headline: str, site: Site) -> str:
    first = _SEPARATOR.search(headline)
    if first and first["strong"] and len(headline) - first.end() >= _SHORTEST:
        start = letters(headline[: first.start()])
        if start and any(start == letters(name) for name in site.names):
            return _without_start(headline[first.end() :], site)
    return headline


def _names_site(part: str, site: Site, *, strong: bool) -> bool:
    plain = letters(part)
    return bool(plain) and any(
        plain == letters(name)
        or _is_part(plain, letters(name))
        or _holds_name(part, name, most=_MOST_WORDS[strong])
        or _is_like(plain, letters(name))
        for name in site.names
    )


def _is_part(plain: str, name: str) -> bool:
    return len(plain) >= _SHORTEST_NAME and plain in name


def _holds_name(part: str, name: str, *, most: int) -> bool:
    """Tell whether `part` is the name and few words more, as in ``CBC News``."""
    words, own = _words(part), _words(name)
    n = len(own)
    return 0 < n < len(words) <= n + most and own in (words[:n], words[-n:])


def _is_like(plain: str, name: str) -> bool:
    if min(len(plain), len(name)) <= _SHORTEST_NAME:
        return False
    return SequenceMatcher(None, plain, name, autojunk=False).ratio() >= _LIKE


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
