"""Spellings that patterns take for equal."""

from __future__ import annotations


def folded(text: str) -> str:
    """Return `text` so that all spellings which patterns without capitals take for equal are equal.

    To them a small i and the Turkish capital with its dot are one letter; to `casefold` the
    latter is an i and a dot.
    """
    return text.casefold().replace("\u0307", "").replace("ı", "i")
