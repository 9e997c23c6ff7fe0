"""Reads web archives (WARC): pages as they were fetched, or text taken from them (WET)."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from typing import Any, BinaryIO, Final

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.formats.plain import split_title
from engine.reading.pages.page import LARGEST
from engine.reading.records import RawPage, Record

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_FOUND: Final = "200"


def read_warc(stream: BinaryIO, name: str) -> Iterator[Record | RawPage | Reject]:
    """Yield one record a page that was found; images, scripts and errors are passed over.

    `Record.line` counts the pages from 1.

    Raises
    ------
    MissingExtraError
        If warcio or the packages for pages are not installed.
    """
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError as error:
        raise MissingExtraError(
            "reading WARC needs more packages: pip install 'news-story-engine[html,warc]'"
        ) from error
    number = 0
    try:
        for archived in ArchiveIterator(stream):
            record = _record(archived, name, number + 1)
            if record is not None:
                number += 1
                yield record
    except (ArchiveLoadFailed, ValueError, AttributeError, KeyError, TypeError) as error:
        # warcio meets broken headers with whatever error they cause.
        yield Reject(name, number + 1, "", f"the archive is damaged: {error}")


def _record(archived: Any, name: str, number: int) -> Record | RawPage | Reject | None:  # noqa: ANN401
    url = (archived.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    http = archived.http_headers
    if archived.rec_type == "conversion":
        text = archived.content_stream().read(LARGEST).decode("utf-8", "replace")
        title, body = split_title(text) if text.strip() else ("", "")
        return Record(number, {"title": title, "text": body, "url": url}, guessed=True)
    if archived.rec_type != "response" or http is None or http.get_statuscode() != _FOUND:
        return None
    header = Message()
    header["Content-Type"] = http.get_header("Content-Type") or ""
    if header.get_content_type() not in _PAGE_TYPES:
        return None
    data = archived.content_stream().read(LARGEST + 1)
    if len(data) > LARGEST:
        return Reject(name, number, "", f"the page is larger than {LARGEST >> 20} MiB")
    return RawPage(number, data, url=url, encoding=header.get_content_charset(""))
