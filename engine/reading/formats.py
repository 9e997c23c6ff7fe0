"""Tells the format of a stream by its content; the table of readers stands here.

A new format is one module with one function (`RecordReader`) and one row in `READERS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Final, cast

from engine.domain import Reject
from engine.reading.jsonl import read_jsonl
from engine.reading.pages import read_html
from engine.reading.plain import read_plain
from engine.reading.records import Record, RecordReader

HEAD_BYTES: Final = 4096
"""Bytes that are looked at to tell a format."""


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table of readers.

    Attributes
    ----------
    name
        What messages call it.
    suffixes
        Endings of file names that claim this format whatever the first bytes look like.
    looks_like
        Whether the first bytes of a file look like it.
    read
        The reader.
    """

    name: str
    suffixes: tuple[str, ...]
    looks_like: Callable[[bytes], bool]
    read: RecordReader


def _is_jsonl(head: bytes) -> bool:
    return head.lstrip().startswith(b"{")


def _is_html(head: bytes) -> bool:
    start = head.lstrip()[:1024].lower()
    return start.startswith(b"<") and any(mark in start for mark in _HTML_MARKS)


def _is_text(head: bytes) -> bool:
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


_HTML_MARKS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<article", b"<div", b"<p")

READERS: Final = (
    Format("JSON lines", (".jsonl", ".ndjson"), _is_jsonl, read_jsonl),
    Format("page", (), _is_html, read_html),
    Format("plain text", (), _is_text, read_plain),
)
"""Formats in the order in which they are tried on content."""


def reader_for(stream: BinaryIO, name: str) -> tuple[RecordReader, BinaryIO]:
    """Return the reader for what `stream` holds, and the stream to give it.

    Content decides, except that a file which claims to be JSON lines is read as such even
    when it starts with a broken line, so that the other lines are not lost.
    """
    buffered = cast("io.BufferedReader", stream)
    if not hasattr(stream, "peek"):
        buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    suffix = PurePath(name).suffix.lower()
    for entry in READERS:
        if suffix in entry.suffixes:
            return entry.read, buffered
    head = buffered.peek(HEAD_BYTES)[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf")
    for entry in READERS:
        if entry.looks_like(head):
            return entry.read, buffered
    return _refuse, buffered


def _refuse(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:  # noqa: ARG001
    yield Reject(name, 0, "", "is binary data in no format that is read here")
