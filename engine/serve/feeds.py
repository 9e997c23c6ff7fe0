"""Feeds that readers of news subscribe to: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""

ET.register_namespace("", _NAMESPACE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    Attributes
    ----------
    id
        An IRI that stays the same.
    title, summary
        Text, not markup.
    url
        Where it is read.
    updated
        When it changed last.
    authors
        Names, such as those of outlets.
    tags
        Words.
    language
        Code, or empty.
    """

    id: str
    title: str
    summary: str
    url: str
    updated: datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    Attributes
    ----------
    id
        An IRI that stays the same.
    title
        Text, not markup.
    url
        Where the feed is.
    updated
        When it changed last.
    entries
        The latest first.
    """

    id: str
    title: str
    url: str
    updated: datetime
    entries: Sequence[Entry]


def atom(feed: Feed) -> bytes:
    """Return a feed as Atom."""
    root = ET.Element(f"{{{_NAMESPACE}}}feed")
    _head(root, feed.id, feed.title, feed.updated)
    _add(root, "link", rel="self", href=feed.url)
    _text(_add(root, "author"), "name", "News story engine")
    for one in feed.entries:
        entry = _add(root, "entry")
        _head(entry, one.id, one.title, one.updated)
        _add(entry, "link", rel="alternate", href=one.url)
        _text(entry, "summary", one.summary)
        for name in one.authors:
            _text(_add(entry, "author"), "name", name)
        for tag in one.tags:
            _add(entry, "category", term=tag)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def json_feed(feed: Feed) -> dict[str, Any]:
    """Return a feed as JSON Feed."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "feed_url": feed.url,
        "items": [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "content_text": one.summary,
                "date_modified": one.updated.isoformat(),
                "authors": [{"name": name} for name in one.authors],
                "tags": list(one.tags),
            }
            | ({"language": one.language} if one.language else {})
            for one in feed.entries
        ],
    }


def _head(parent: ET.Element, id_: str, title: str, updated: datetime) -> None:
    _text(parent, "id", id_)
    _text(parent, "title", title)
    _text(parent, "updated", updated.isoformat())


def _add(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    clean = {key: _NO_XML.sub("", value) for key, value in attributes.items()}
    return ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", clean)


def _text(parent: ET.Element, name: str, text: str) -> None:
    _add(parent, name).text = _NO_XML.sub("", text)
