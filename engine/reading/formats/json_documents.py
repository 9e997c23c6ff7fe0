"""Reads a JSON document that holds one article or many: an array, an API's answer, a JSON Feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.fields import kind_of
from engine.reading.formats.envelopes import articles_in
from engine.reading.formats.jsonl import parse_json
from engine.reading.records import Record

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a document, which is read whole; larger ones belong in JSON lines."""


def read_json(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield the articles of one JSON document; `Record.line` counts them from 1."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        reason = f"the document is larger than {LARGEST >> 20} MiB; write one article a line"
        yield Reject(name, 0, "", reason)
        return
    value = parse_json(data, name, 0)
    if isinstance(value, Reject):
        yield value
        return
    found = 0
    for found, item in enumerate(_items(value), start=1):
        if isinstance(item, Mapping):
            yield Record(found, item)
        else:
            yield Reject(name, found, "", f"expected an object, found {kind_of(item)}")
    if not found:
        yield Reject(name, 0, "", "the document holds no articles")


def _items(value: object) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping):
        yield from articles_in(value) or (value,)
    else:
        yield value
