"""Reads pages that a browser saved with their pictures in one file (MHTML)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.records import RawPage

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a page with its pictures."""

_MARKS: Final = (
    b"snapshot-content-location:",
    b"from: <saved by",
    b'from: "saved by',
    b"x-mimeole:",
)


def is_mht(head: bytes) -> bool:
    """Tell whether the first bytes of a file are the headers of a saved page."""
    headers = head.lower().replace(b"\r", b"").split(b"\n\n", 1)[0]
    return b"multipart/related" in headers and any(mark in headers for mark in _MARKS)


def read_mht(stream: BinaryIO, name: str) -> Iterator[RawPage | Reject]:
    """Yield the page in `stream`: its first part that is HTML, with the address it came from."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the saved page is larger than {LARGEST >> 20} MiB")
        return
    try:
        mail = message_from_bytes(data, policy=policy.compat32)
        pages = (part for part in mail.walk() if part.get_content_type() == "text/html")
        page = next(pages, None)
        content = page.get_payload(decode=True) if page is not None else None
        if page is None or not isinstance(content, bytes):
            yield Reject(name, 0, "", "is a saved page (MHTML) that holds no HTML")
            return
        url = str(mail.get("Snapshot-Content-Location") or page.get("Content-Location") or "")
        yield RawPage(0, content, url=url.strip(), encoding=page.get_content_charset("") or "")
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        # The standard parser meets broken headers with whatever error they cause.
        yield Reject(name, 0, "", f"the saved page cannot be read: {error}")
