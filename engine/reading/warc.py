"""Reads web archives (WARC): pages as they were fetched, or text taken from them (WET)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.pages import LARGEST, page_record
from engine.reading.plain import split_title
from engine.reading.records import Record

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_FOUND: Final = 200


def read_warc(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record a page that was found; images, scripts and errors are passed over.

    `Record.line` counts the pages from 1.

    Raises
    ------
    MissingExtraError
        If fastwarc or the packages for pages are not installed.
    """
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError as error:
        raise MissingExtraError(
            "reading WARC needs more packages: pip install 'news-story-engine[html]'"
        ) from error
    kinds = WarcRecordType.response | WarcRecordType.conversion
    number = 0
    for archived in ArchiveIterator(stream, record_types=kinds, parse_http=True, strict_mode=False):
        record = _record(archived, name, number + 1)
        if record is not None:
            number += 1
            yield record
    if not number:
        yield Reject(name, 0, "", "the archive holds no page")


def _record(archived: Any, name: str, number: int) -> Record | Reject | None:  # noqa: ANN401
    url = archived.headers.get("WARC-Target-URI", "").strip("<>")
    http = archived.http_headers
    if http is None:
        if not archived.headers.get("Content-Type", "").startswith("text/plain"):
            return None
        text = archived.reader.read(LARGEST).decode("utf-8", "replace")
        title, body = split_title(text) if text.strip() else ("", "")
        return Record(number, {"title": title, "text": body, "url": url}, guessed=True)
    if http.status_code != _FOUND or archived.http_content_type not in _PAGE_TYPES:
        return None
    data = archived.reader.read(LARGEST + 1)
    if len(data) > LARGEST:
        return Reject(name, number, "", f"the page is larger than {LARGEST >> 20} MiB")
    return page_record(data, name=name, line=number, url=url, encoding=archived.http_charset or "")
