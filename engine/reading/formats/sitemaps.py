"""Reads news sitemaps: one headline an address; other sitemaps are named for what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.pages.prose import HINT
from engine.reading.records import Record

LARGEST: Final = 64 * 1024 * 1024
"""Bytes; the protocol of sitemaps allows 50 MB."""

_FIELDS: Final = {
    "loc": "url",
    "title": "title",
    "name": "source",
    "language": "language",
    "publication_date": "published",
}
"""Elements of an address with news, and the field that each is."""


def read_sitemap(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record for each address whose headline the sitemap states, numbered from 1.

    Raises
    ------
    MissingExtraError
        If lxml is not installed.
    """
    try:
        from lxml import etree
    except ImportError as error:
        raise MissingExtraError(HINT) from error
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the sitemap is larger than {LARGEST >> 20} MiB")
        return
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        yield Reject(name, 0, "", f"the sitemap cannot be read: {error}")
        return
    found = (_values(entry) for entry in (() if root is None else root.iter("{*}url")))
    number = 0
    for values in found:
        if values.get("title"):
            number += 1
            yield Record(number, values, guessed=True)
    if not number and (root is None or len(root)):
        reason = "is a sitemap, a list of addresses without articles; fetch the pages it names"
        yield Reject(name, 0, "", reason)


def _values(entry: Any) -> dict[str, object]:  # noqa: ANN401 - an lxml element, untyped
    values: dict[str, object] = {}
    for element in entry.iter("{*}*"):
        field = _FIELDS.get(element.tag.rpartition("}")[2])
        if field and element.text:
            values.setdefault(field, element.text.strip())
    return values
