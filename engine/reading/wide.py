"""Tells UTF-16 and UTF-32 that no byte order mark announces."""

from __future__ import annotations

from typing import Final

_ENCODINGS: Final = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
"""The longer ones first: UTF-32 is UTF-16 with a zero after every sign."""

_LOOK_BYTES: Final = 1024

_COMMON: Final = frozenset(' \n,.<>{}":')
"""Signs that every text, page and JSON has many of, in any language."""

_LEAST_COMMON: Final = 0.05
"""Share of such signs; the same bytes read the wrong way round hold none."""


def wide_encoding(head: bytes) -> str:
    """Return the encoding of a text that starts with `head`, empty where it is neither.

    Parameters
    ----------
    head
        First bytes, without a byte order mark. Without a zero byte they are not looked at.
    """
    start = head[: min(len(head), _LOOK_BYTES) // 4 * 4]
    if b"\0" not in start:
        return ""
    for encoding in _ENCODINGS:
        try:
            text = start.decode(encoding)
        except UnicodeDecodeError:
            continue
        readable = all(sign.isprintable() or sign in "\r\n\t" for sign in text)
        if readable and sum(sign in _COMMON for sign in text) >= _LEAST_COMMON * len(text):
            return encoding
    return ""
