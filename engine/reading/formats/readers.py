"""Tells the format of a stream by its content; the table of readers stands here.

A new format is one module with one function (`RecordReader`) and one row in `READERS`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.formats.feeds import read_feed
from engine.reading.formats.foreign import foreign_format, read_foreign
from engine.reading.formats.jsonl import read_json, read_jsonl
from engine.reading.formats.mail import read_mail
from engine.reading.formats.mht import is_mht, read_mht
from engine.reading.formats.pdf import read_pdf
from engine.reading.formats.plain import read_plain
from engine.reading.formats.sitemaps import read_sitemap
from engine.reading.formats.tables import is_csv_header, read_csv, read_parquet
from engine.reading.formats.warc import read_warc
from engine.reading.pages.page import read_html
from engine.reading.records import Record, RecordReader

HEAD_BYTES: Final = 8192
"""Bytes that are looked at to tell a format."""

_MARK: Final = b"\xef\xbb\xbf"
_FEED_MARKS: Final = (b"<rss", b"<feed", b"<rdf:rdf", b"<channel")
_HTML_MARKS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<article", b"<div", b"<p")
_MAIL_HEADERS: Final = (b"from:", b"to:", b"subject:", b"date:", b"received:", b"message-id:")


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table of readers.

    Attributes
    ----------
    name
        What people call it.
    suffixes
        Endings of file names that claim this format whatever the first bytes look like.
    looks_like
        Whether the first bytes of a file look like it.
    read
        The reader.
    certain
        Whether the look cannot be mistaken and goes before any ending.
    """

    name: str
    suffixes: tuple[str, ...]
    looks_like: Callable[[bytes], bool]
    read: RecordReader
    certain: bool = False


def _is_parquet(head: bytes) -> bool:
    return head.startswith(b"PAR1")


def _is_pdf(head: bytes) -> bool:
    return head.lstrip().startswith(b"%PDF-")


def _is_warc(head: bytes) -> bool:
    return head.startswith(b"WARC/")


def _is_json_document(head: bytes) -> bool:
    """Tell one JSON value over several lines from an object a line."""
    text = head.lstrip()
    if text.startswith(b"["):
        return True
    first, _, rest = text.partition(b"\n")
    if not text.startswith(b"{") or rest.lstrip(b" \t").startswith(b"{") or not rest:
        return False
    return _is_unfinished(first)


def _is_json_array(head: bytes) -> bool:
    """Tell an array that goes over several lines, which is no JSON lines whatever its name."""
    first, more, _ = head.lstrip().partition(b"\n")
    return first.startswith(b"[") and bool(more) and _is_unfinished(first)


def _is_unfinished(line: bytes) -> bool:
    """Tell whether a line is right JSON as far as it goes."""
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(line.decode("utf-8", "replace").rstrip())
    except (ValueError, RecursionError):
        return False
    return False


def _is_jsonl(head: bytes) -> bool:
    return head.lstrip().startswith(b"{")


def _is_foreign(head: bytes) -> bool:
    return foreign_format(head) != ""


def _is_sitemap(head: bytes) -> bool:
    start = _narrow(head)
    return start.startswith(b"<") and (b"<urlset" in start or b"<sitemapindex" in start)


def _is_feed(head: bytes) -> bool:
    start = _narrow(head)
    return start.startswith(b"<") and any(mark in start for mark in _FEED_MARKS)


def _is_html(head: bytes) -> bool:
    start = _narrow(head)
    return start.startswith(b"<") and any(mark in start for mark in _HTML_MARKS)


def _is_xml(head: bytes) -> bool:
    return _narrow(head).startswith(b"<?xml")


def _narrow(head: bytes) -> bytes:
    """Return the start in lower case, as if it were UTF-8 where it is UTF-16."""
    return head.replace(b"\0", b"").lstrip(b"\xff\xfe").lstrip()[:2048].lower()


def _is_mail(head: bytes) -> bool:
    if head.startswith(b"From ") and b"\n" in head:
        head = head.split(b"\n", 1)[1]
    headers = head.lower().replace(b"\r", b"").split(b"\n\n", 1)[0].split(b"\n")
    return sum(line.startswith(_MAIL_HEADERS) for line in headers) >= 3


def _is_text(head: bytes) -> bool:
    return b"\0" not in head


READERS: Final = (
    Format("Parquet", (), _is_parquet, read_parquet, certain=True),
    Format("WARC", (), _is_warc, read_warc, certain=True),
    Format("PDF", (), _is_pdf, read_pdf, certain=True),
    Format("another format", (), _is_foreign, read_foreign, certain=True),
    Format("saved page with pictures", (), is_mht, read_mht, certain=True),
    Format("JSON", (), _is_json_array, read_json, certain=True),
    Format("JSON", (), _is_json_document, read_json),
    Format("JSON lines", (".jsonl", ".ndjson"), _is_jsonl, read_jsonl),
    Format("sitemap", (), _is_sitemap, read_sitemap),
    Format("feed", (), _is_feed, read_feed),
    Format("page", (), _is_html, read_html),
    Format("feed", (), _is_xml, read_feed),
    Format("mail", (".mbox", ".eml"), _is_mail, read_mail),
    Format("table", (".csv", ".tsv"), is_csv_header, read_csv),
    Format("plain text", (), _is_text, read_plain),
)
"""Formats in the order in which their look is tried."""


def reader_for(
    stream: io.BufferedReader, name: str, *, renamed: Mapping[str, str] | None = None
) -> RecordReader:
    """Return the reader for what `stream` holds, without taking anything from it.

    Content decides, except where an ending claims a format: a file of JSON lines is read
    as such even when it starts with a broken line, so that the other lines are not lost.

    Parameters
    ----------
    stream, name
        The input and what rejects call it.
    renamed
        Field of the engine to the input's own name for it; the header of a table may hold
        no other names.
    """
    readers = [_knowing(entry, renamed) for entry in READERS] if renamed else READERS
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES].removeprefix(_MARK)
    endings = {ending.lower() for ending in PurePath(name).suffixes[-2:]}
    return (
        next((entry.read for entry in readers if entry.certain and entry.looks_like(head)), None)
        or next((entry.read for entry in readers if endings & set(entry.suffixes)), None)
        or next((entry.read for entry in readers if entry.looks_like(head)), _refuse)
    )


def _knowing(entry: Format, renamed: Mapping[str, str]) -> Format:
    """Return the format with the input's own names, where it is told by names."""
    if entry.read is not read_csv:
        return entry
    mapped = {name: field for field, name in renamed.items()}
    return replace(
        entry,
        looks_like=partial(is_csv_header, mapped=mapped),
        read=partial(read_csv, mapped=mapped),
    )


def _refuse(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:  # noqa: ARG001
    yield Reject(name, 0, "", "is binary data in no format that is read here")
