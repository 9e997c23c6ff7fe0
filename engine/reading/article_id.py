"""Names an article when the input does not: from its URL, else from its content.

Two articles under one name overwrite each other, so where it is not certain that two
addresses are one page they stay two: a duplicate is folded later, a lost article is
not found again.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from engine.reading.fields import FieldError, kind_of

LONGEST_ID: Final = 512
"""Characters of a given id."""

_TRACKING: Final = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh"
    r"|mc_cid|mc_eid|_ga|_gl|at_\w+|xtor|cmpid|ocid|ito|ns_\w+|wt_mc|s_cid|smid|smtyp"
    r"|ref_src|ref_url|spm|share_token|__twitter_impression|guccounter|guce_\w+",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from and never which page is meant."""

_TRAILING: Final = re.compile(r"[/\s\x00-\x20]+$")
"""Ends of a path that name no other page; blanks would go when the address is read again."""

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


def given_id(value: object) -> str:
    """Return the id that the input gives, or empty when it gives none.

    Raises
    ------
    FieldError
        If the id is neither text nor a whole number, is longer than 512 characters or
        holds control characters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict) and isinstance(value.get("$oid"), str):
        value = value["$oid"]  # MongoDB exports
    if not isinstance(value, str):
        raise FieldError("id", f"expected text or a whole number, found {kind_of(value)}")
    name = value.strip()
    if len(name) > LONGEST_ID:
        raise FieldError("id", f"has {len(name)} characters; at most {LONGEST_ID} are allowed")
    if not name.isprintable():
        raise FieldError("id", "holds control characters; expected one line of text")
    return name


def derived_id(*, url: str, source: str, title: str, body: str) -> str:
    """Return an id from the address, or from the content when the address names no page.

    The address of a front page (no path, no parameters) names no article. The content
    counts as the input gives it, so that a new version of the cleaner changes no id, and
    with its source, so that two outlets with one wire story keep their two articles.
    """
    address = canonical_url(url)
    if address.count("/") > 2 or "?" in address:
        return f"url-{_digest(address)}"
    words = " ".join(f"{title}\n{body}".split())
    return f"text-{_digest(source + chr(0) + words)}"


def _digest(text: str) -> str:
    """Return 80 bits of BLAKE2b: among 10 million articles one clash in 24 billion tries."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=10).hexdigest()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if usable else None
