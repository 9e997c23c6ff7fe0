"""Names formats that are told and not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from engine.domain import Reject

_STARTS: Final = (
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3\0", "an SQLite database; read it with --query"),
)
"""First bytes of formats, as their makers document them, and what people call them."""

_LOOK_BYTES: Final = 2048


def foreign_format(head: bytes) -> str:
    """Return what the first bytes of a file say that it is, empty for what may be read."""
    start = head.lstrip()[:_LOOK_BYTES]
    for mark, name in _STARTS:
        if start.startswith(mark):
            return name
    return "a list of feeds (OPML)" if start.startswith(b"<") and b"<opml" in start.lower() else ""


def read_foreign(stream: BinaryIO, name: str) -> Iterator[Reject]:
    """Yield a reject that says what the file is."""
    what = foreign_format(stream.read(_LOOK_BYTES))
    yield Reject(name, 0, "", f"is {what}, a format that is not read here")
