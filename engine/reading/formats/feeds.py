"""Reads RSS, Atom and RDF feeds: one article an entry."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import struct_time
from typing import Any, BinaryIO, Final

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.dates import parse_date
from engine.reading.pages.headlines import Site, without_site
from engine.reading.records import Record

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a feed; the largest seen in the wild have some MiB."""

_END_BYTES: Final = 4096
_CLOSED: Final = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
"""How a feed ends that is whole."""

_TIMES: Final = ("published", "created", "updated")
"""Where an entry keeps its time, the time of publication first."""


def read_feed(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record an entry; `Record.line` counts the entries from 1.

    feedparser repairs what is broken, never expands entities that the feed defines, and
    takes scripts out.

    Raises
    ------
    MissingExtraError
        If feedparser is not installed.
    """
    try:
        import feedparser
    except ImportError as error:
        raise MissingExtraError(
            "reading feeds needs one more package: pip install 'news-story-engine[feeds]'"
        ) from error
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the feed is larger than {LARGEST >> 20} MiB")
        return
    try:
        parsed = feedparser.parse(io.BytesIO(data), sanitize_html=True)
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError, KeyError) as error:
        yield Reject(name, 0, "", f"the feed cannot be read: {error}")
        return
    if not parsed.entries and not parsed.version:
        yield Reject(name, 0, "", "is XML but no feed")
    for number, entry in enumerate(parsed.entries, start=1):
        # As plain dictionaries: feedparser's own fall back from one date to another.
        yield Record(number, _values(dict(entry), dict(parsed.feed)), guessed=True)
    if (
        parsed.version
        and parsed.bozo
        and not _CLOSED.search(data[-_END_BYTES:].replace(b"\0", b""))
    ):
        number = len(parsed.entries)
        where = f"after entry {number}, which may be short" if number else "before its first entry"
        yield Reject(name, number, "", f"the feed is cut off {where}")


def _values(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> dict[str, object]:
    # The parser gives None for an element that is cut off.
    contents = [part.get("value") or "" for part in entry.get("content", [])]
    bodies = [*contents, entry.get("summary") or ""]
    link = entry.get("link", "")
    outlet = entry.get("source", {}).get("title") or ""
    # Feeds that gather others' articles put the outlet behind its headline.
    site = Site.of(host="", names=[outlet], sections=())
    return {
        # The address names an article in every format, a feed's own id only in the feed.
        "id": "" if link else entry.get("id", ""),
        "title": without_site(entry.get("title") or "", others=(), site=site),
        "text": max(bodies, key=len),
        "url": link,
        "source": outlet or feed.get("title", ""),
        "author": entry.get("authors") or entry.get("author", ""),
        "language": entry.get("language") or feed.get("language", ""),
        "published": _published(entry),
    }


def _published(entry: Mapping[str, Any]) -> datetime | str:
    now = datetime.now(UTC)
    for key in _TIMES:
        try:  # first by our own hand: feedparser takes 10:00 CEST for 10:00 UTC
            moment = parse_date(entry.get(key, ""), fetched=now)
        except ValueError:
            moment = None
        if moment is not None:
            return moment
        parsed = entry.get(f"{key}_parsed")
        if isinstance(parsed, struct_time):
            try:
                return datetime(*parsed[:6], tzinfo=UTC)
            except ValueError:
                continue
    return next((str(entry[key]) for key in _TIMES if entry.get(key)), "")
