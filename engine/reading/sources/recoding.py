"""Turns UTF-16 and UTF-32 into UTF-8 as it streams: what Excel and PowerShell write."""

from __future__ import annotations

import codecs
import io
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the longer ones first, since one begins with a shorter one."""

_CHUNK: Final = 1 << 16
"""Bytes decoded at a time."""


def as_utf8(stream: io.BufferedReader) -> io.BufferedReader:
    """Return `stream`, in UTF-8 where a byte order mark says that it is UTF-16 or UTF-32.

    Pages and feeds stay as they are: they name their encoding themselves. Bytes that do
    not fit become replacement characters.
    """
    head = stream.peek(_CHUNK)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    if not encoding or _start(head, encoding).startswith("<"):
        return stream
    return io.BufferedReader(_Recoded(stream, encoding))


def _start(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head[:256]).lstrip()


class _Recoded(io.RawIOBase):
    """A stream of UTF-8 over one of another encoding, which it does not close."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._waiting = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` and return the number of bytes, 0 at the end."""
        while not self._waiting:
            data = self._stream.read(_CHUNK)
            text = self._decoder.decode(data, final=not data)
            self._waiting = text.encode("utf-8", "replace")
            if not data:
                break
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size
