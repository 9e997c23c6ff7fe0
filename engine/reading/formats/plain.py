"""Reads a plain text file as one article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.records import Record

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a text file; a longer one is no article."""

_TITLE_LENGTH: Final = range(8, 201)
"""Characters of a first line that may be a title."""

_ADDRESS: Final = re.compile(r"\s*(?:https?://\S+)?\s*")
"""A line of a list of addresses; it may be blank."""

_SENTENCE_END: Final = tuple(".,;:…。，؛،।")
"""A line that ends so is a sentence or a lead-in, not a title."""

_DATE_LINE: Final = re.compile(
    r"\s*(?:date|datum|data|fecha|дата|dato|päivä)\s*:?"
    r"\s*(\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d\d:\d\d\S*)?)",
    re.IGNORECASE,
)
"""A leftover line of a database export; only a whole day counts as a date."""


def read_plain(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield the one article that a text file holds, if it is not blank.

    The first line is the title when it looks like one: short, no end of a sentence, and
    more text below it.

    Parameters
    ----------
    stream
        UTF-8.
    name
        What rejects call the file.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the text is longer than {LARGEST >> 20} MiB")
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {data[error.start]:#04x} at position {error.start}"
        yield Reject(name, 0, "", f"is not UTF-8 text: {found}; write it as UTF-8")
        return
    if not text.strip():
        return
    if all(map(_ADDRESS.fullmatch, text.split("\n"))):
        yield Reject(
            name, 0, "", "is a list of addresses; give them to --fetch to read their pages"
        )
        return
    title, body = split_title(text)
    values = {"title": title, "text": body}
    date = _DATE_LINE.match(text)
    if date:
        values["date"] = date[1]
    yield Record(0, values)


def split_title(text: str) -> tuple[str, str]:
    """Return the title (empty where the first line is none) and the rest of `text`."""
    lines = text.strip().splitlines()
    first, rest = lines[0].strip(), "\n".join(lines[1:]).strip()
    looks_like_one = (
        len(first) in _TITLE_LENGTH
        and not first.endswith(_SENTENCE_END)
        and not _DATE_LINE.match(first)
        and len(rest) > len(first)
    )
    return (first, rest) if looks_like_one else ("", text)
