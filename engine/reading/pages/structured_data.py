"""Finds the article in a page's JSON-LD (schema.org), however it is nested."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_MOST_OBJECTS: Final = 5000
"""Objects looked at in one page; more are lists of links."""

_LARGEST: Final = 4 * 1024 * 1024
"""Characters of one block."""

_TYPES: Final = ("Article", "Posting", "Report", "Review", "NewsStory")
"""Endings and parts of the schema.org types that are articles."""


def find_article(blocks: Iterable[str], *, urls: Iterable[str]) -> Mapping[str, Any]:
    """Return the JSON-LD object of the page's article, empty when there is none.

    Parameters
    ----------
    blocks
        Text of the page's ``application/ld+json`` scripts.
    urls
        Addresses of the page; of several articles the one with such an address is taken,
        else the first with a headline.
    """
    wanted = {url.rstrip("/") for url in urls if url}
    articles = [
        item for item in _objects(blocks) if _is_article(item) and text_of_ld(item, "headline")
    ]
    for item in articles:
        if wanted & set(_addresses(item)):
            return item
    return articles[0] if articles else {}


def text_of_ld(item: Mapping[str, Any], *path: str) -> str:
    """Return the text at `path`, entities resolved; of a list the first, of a thing its name."""
    value: Any = item
    for key in path:
        if isinstance(value, list):
            value = next((part for part in value if part), None)
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        value = next((part for part in value if part), None)
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("@value")
    return html.unescape(value).strip() if isinstance(value, str) else ""


def _is_article(item: Mapping[str, Any]) -> bool:
    kinds = item.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(part in str(kind) for kind in kinds for part in _TYPES)


def _addresses(item: Mapping[str, Any]) -> Iterator[str]:
    page = item.get("mainEntityOfPage")
    for value in (item.get("url"), page, page.get("@id") if isinstance(page, Mapping) else None):
        if isinstance(value, str):
            yield value.rstrip("/")


def _objects(blocks: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Yield every object, the outer before the inner, in the page's order."""
    n_seen = 0
    for block in blocks:
        waiting = [_parsed(block)]
        while waiting and n_seen < _MOST_OBJECTS:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting[:0] = value[:_MOST_OBJECTS]
            elif isinstance(value, Mapping):
                n_seen += 1
                yield value
                waiting.extend(part for part in value.values() if isinstance(part, (list, dict)))


def _parsed(block: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    text = block.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    if len(text) > _LARGEST:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
