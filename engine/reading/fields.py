"""Names under which inputs keep the fields of an article, and how values are read.

The table is the documented schema (docs/reading.md). Names are compared without case
and without separators, so ``published_at``, ``publishedAt`` and ``Published-At`` are
one name; of several that are present and not empty, the first of the table wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from engine.errors import InputError

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "article_id", "doc_id", "document_id", "guid", "uuid", "_id"),
    "title": ("title", "headline", "heading", "name", "news_title", "titel", "titre"),
    "body": (
        "text",
        "body",
        "content",
        "article_body",
        "full_text",
        "main_text",
        "maintext",
        "body_text",
        "content_text",
        "article_text",
        "plain_text",
        "article",
        "story",
        "content_html",
        "body_html",
        "description",
        "summary",
        "lead",
        "abstract",
        "snippet",
    ),
    "language": ("language", "lang", "language_code", "lang_code", "in_language", "locale"),
    "published": (
        "published_at",
        "published",
        "date_published",
        "publish_date",
        "published_date",
        "publication_date",
        "published_time",
        "publish_time",
        "pub_date",
        "date_publish",
        "issued",
        "date",
        "datetime",
        "timestamp",
        "created_at",
        "time",
    ),
    "source": (
        "source",
        "outlet",
        "publisher",
        "source_name",
        "publication",
        "site_name",
        "site",
        "newspaper",
        "feed",
        "domain",
        "source_domain",
        "website",
    ),
    "author": (
        "author",
        "authors",
        "byline",
        "by_line",
        "creator",
        "dc_creator",
        "writer",
        "written_by",
        "author_name",
        "auteur",
        "autor",
    ),
    "url": ("url", "link", "canonical_url", "source_url", "article_url", "href", "web_url", "uri"),
}
"""Field of the engine: names that inputs use for it, the preferred one first."""

_TEXT_KEYS: Final = ("name", "rendered", "value", "text", "title", "#text", "href", "url")
"""Where an object that stands for a text keeps it: news APIs nest sources and bodies."""

_LONGEST_NAME: Final = 64
"""Longer keys are no field of ours and would only fill the cache of names."""


class FieldError(ValueError):
    """A field that cannot be used; becomes a `Reject`.

    Parameters
    ----------
    field
        Name of the field in the engine's own terms.
    reason
        What was found and what was expected.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def pick(
    values: Mapping[str, object], *, renamed: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return the engine's fields found in `values`; see `names_in`."""
    return {field: values[name] for field, name in names_in(values, renamed=renamed).items()}


def names_in(
    values: Mapping[str, object], *, renamed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the engine's fields that `values` hold, each with its name there.

    Parameters
    ----------
    values
        Fields as the input names them.
    renamed
        Engine's field to the input's own name, exactly as written there; goes before
        the table.
    """
    found: dict[str, tuple[int, str]] = {}
    for name, value in values.items():
        if value is None or value in ("", [], {}) or len(name) > _LONGEST_NAME:
            continue
        place = _place(name)
        if place is None:
            continue
        field, rank = place
        if field not in found or rank < found[field][0]:
            found[field] = (rank, name)
    names = {field: name for field, (_, name) in found.items()}
    own = (renamed or {}).items()
    return names | {
        field: name for field, name in own if values.get(name) not in (None, "", [], {})
    }


def own_names(renamed: Mapping[str, str]) -> dict[str, str]:
    """Return the input's own names by the engine's field, where any known name stands for that.

    Raises
    ------
    InputError
        One stands for no field, or for no name.
    """
    names = {}
    for known, name in renamed.items():
        field = known_field(known)
        if not name or not field:
            documented = ", ".join(known_as[0] for known_as in NAMES.values())
            raise InputError(
                f"expected {documented} and the input's own name for it, got {known!r} and {name!r}"
            )
        names[field] = name
    return names


def known_field(name: str) -> str:
    """Return the engine's field that an input's `name` stands for, or empty."""
    place = _place(name) if len(name) <= _LONGEST_NAME else None
    return place[0] if place else ""


@lru_cache(maxsize=4096)
def _place(name: str) -> tuple[str, int] | None:
    """Return the field that `name` stands for and its rank there, or None."""
    return _PLACES.get(_plain(name))


def _plain(name: str) -> str:
    """Return `name` without case and separators."""
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "").replace(":", "")


_PLACES: Final = {
    _plain(name): (field, rank)
    for field, names in NAMES.items()
    for rank, name in reversed(list(enumerate(names)))
}


def text_of(field: str, value: object) -> str:
    """Return the text that `value` holds.

    Accepts a string, a list of strings (paragraphs) and an object that keeps its text
    under a usual key, as in ``{"name": "Het Parool"}``.

    Raises
    ------
    FieldError
        If the value is of another type, or holds a NUL or half a surrogate pair.
    """
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "\n".join(value)
    if isinstance(value, Mapping):
        value = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), value)
    if not isinstance(value, str):
        raise FieldError(field, f"expected text, found {kind_of(value)}")
    if "\0" in value:
        raise FieldError(field, "holds a NUL character, which no text has; is it binary data?")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        if 0xDC80 <= ord(value[error.start]) <= 0xDCFF:  # how undecodable bytes come in
            place = f"character {error.start}"
            raise FieldError(field, f"is not UTF-8 at {place}; write it as UTF-8") from None
        raise FieldError(
            field,
            f"holds half a surrogate pair at character {error.start}; write it as UTF-8 text",
        ) from None
    return value


def kind_of(value: object) -> str:
    """Return what a value is, in words for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list) else f"a value of type {type(value).__name__}"
