"""Takes the articles out of what an API or a JSON Feed wraps around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.reading.fields import pick

_LISTS: Final = ("items", "articles", "results", "data", "docs", "documents", "entries", "news")
"""Where an answer or a feed keeps its articles."""


def articles_in(value: Mapping[str, object]) -> list[Mapping[str, object]] | None:
    """Return the articles that `value` is an envelope of, None when it is one itself.

    What the envelope says of all of them (its language, and its title as their source)
    is added where they do not say it themselves.
    """
    for key in _LISTS:
        items = value.get(key)
        if isinstance(items, list) and items and all(isinstance(i, Mapping) for i in items):
            around = {name: part for name, part in value.items() if name != key}
            if "body" in pick(around) and "version" not in around:
                return None
            common = {"language": value.get("language"), "source": value.get("title")}
            return [{**{k: v for k, v in common.items() if v}, **item} for item in items]
    return None
