"""Web addresses: which are the same, and of which host they are."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from engine.words.late import late

_TRACKING: Final = late(
    re.compile,
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh"
    r"|mc_cid|mc_eid|_ga|_gl|at_\w+|xtor|cmpid|ocid|ito|ns_\w+|wt_mc|s_cid|smid|smtyp"
    r"|ref_src|ref_url|spm|share_token|__twitter_impression|guccounter|guce_\w+",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from and never which page is meant."""

_TRAILING: Final = late(re.compile, r"[/\s\x00-\x20]+$")
"""Ends of a path that name no other page; blanks would go when the address is read again."""

_HOST: Final = re.compile(r"(?:www\.)?(?P<host>[\w-]+(?:\.[\w-]+)+)\.?(?::\d+)?", re.IGNORECASE)

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the form of `url` under which two spellings of one address are equal.

    Scheme and host are lower case and https, default ports, user names, fragments
    (except ``#!``), a trailing slash and tracking parameters are dropped, and the other
    parameters sorted. ``www.`` stays: now and then it is another site. Empty when `url`
    is no web address.
    """
    parts = _split(url)
    if parts is None:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(sorted(p for p in pairs if not _TRACKING.fullmatch(p[0])))
    fragment = f"#{parts.fragment.rstrip()}" if parts.fragment.startswith("!") else ""
    path = _TRAILING.sub("", parts.path)
    return f"https://{host}{path}{'?' if query else ''}{query}{fragment}"


def host_of(url: str) -> str:
    """Return the host of `url` without ``www.``, or empty when it is no web address."""
    parts = _split(url)
    return (parts.hostname or "").rstrip(".").removeprefix("www.") if parts else ""


@lru_cache(maxsize=1 << 14)
def outlet_name(source: str) -> str:
    """Return what an outlet is called: of a host as `host_of` gives it, any other name as it is."""
    match = _HOST.fullmatch(source.strip())
    return match["host"].casefold() if match else source.strip()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if usable else None
