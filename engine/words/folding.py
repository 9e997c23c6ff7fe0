"""Spellings that are taken for equal."""

from __future__ import annotations

# Bytes of ASCII as they are casefolded, all kinds of spaces as one.
_EVEN = "".join(map(chr, range(128))).lower().encode()
_EVEN = bytes(ord(" ") if chr(byte).isspace() else byte for byte in _EVEN).ljust(256)


def evened(text: str) -> str:
    """Return `text` casefolded, its words with one space between them and none around them.

    One in ASCII, in a third of the time that putting its words together takes.
    """
    if not text.isascii():
        return " ".join(text.casefold().split())
    even = text.encode().translate(_EVEN)
    while b"  " in even:
        even = even.replace(b"  ", b" ")
    return even.strip(b" ").decode()


def folded(text: str) -> str:
    """Return `text` so that all spellings which patterns without capitals take for equal are equal.

    To them a small i and the Turkish capital with its dot are one letter; to `casefold` the
    latter is an i and a dot.
    """
    return text.casefold().replace("\u0307", "").replace("ı", "i")
