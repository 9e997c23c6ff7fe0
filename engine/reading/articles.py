"""Makes an article of a record: fields, cleaning, date, language and identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, ParamSpec, TypeVar

from engine.domain import Article, Reject
from engine.reading.article_id import derived_id, given_id, host_of
from engine.reading.authors import author_of
from engine.reading.cleaning.cleaner import clean, clean_title
from engine.reading.dates import parse_date
from engine.reading.fields import FieldError, kind_of, pick, text_of
from engine.reading.languages import detect, normalise
from engine.reading.records import Record

P = ParamSpec("P")
T = TypeVar("T")

CLEAR: Final = 0.8
"""Confidence from which a text's own language goes before what its page says."""

LONGEST_SOURCE: Final = 200
"""Characters of an outlet's name; longer ones are text in the wrong field."""

LONGEST_URL: Final = 4096
"""Characters of an address; browsers and servers stop there or earlier."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What holds for all articles of one run.

    Attributes
    ----------
    fetched
        Aware UTC time of reading.
    renamed
        Engine's field to the name that the input uses, before the table of names.
    """

    fetched: datetime
    renamed: Mapping[str, str] | None = None


def article_of(record: Record, *, file: str, reading: Reading) -> Article | Reject:
    """Return the article that `record` holds, or why it holds none.

    Parameters
    ----------
    record
        Fields as the input names them.
    file
        What a reject calls the file.
    reading
        Time and names of this run.
    """
    try:
        return _article(record, reading)
    except FieldError as error:
        return Reject(file, record.line, error.field, error.reason)


def _article(record: Record, reading: Reading) -> Article:
    fields = pick(record.values, renamed=reading.renamed)
    optional = _left_out if record.guessed else _given
    raw_title = _text(fields, "title")
    raw_body = _text(fields, "body")
    if not raw_title.strip() and not raw_body.strip():
        raise FieldError("", f"has neither title nor text; found {_names(record.values)}")
    url = optional(_short, fields, "url", LONGEST_URL) or ""
    source = optional(_short, fields, "source", LONGEST_SOURCE) or ""
    source = clean_title(source) or host_of(url)
    title = clean_title(raw_title)
    body = clean(raw_body).text
    if not title and not body:
        raise FieldError("body", "nothing is left after cleaning: no word of an article in it")
    name = optional(_id, fields) or ""
    return Article(
        id=name or derived_id(url=url, source=source, title=raw_title, body=raw_body),
        title=title,
        body=body,
        language=_language(fields, f"{title}\n{body}", guessed=record.guessed),
        source=source,
        url=url,
        published=optional(_published, fields, reading.fetched),
        fetched=reading.fetched,
        raw=raw_body if raw_body != body else "",
        author=author_of(fields.get("author")),
    )


def _given(read: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
    """Read a field that someone wrote down: a bad one is an error."""
    return read(*args, **options)


def _left_out(read: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
    """Read a field that was found by guessing: a bad one is left out."""
    try:
        return read(*args, **options)
    except FieldError:
        return None


def _text(fields: Mapping[str, object], field: str) -> str:
    return text_of(field, fields[field]) if field in fields else ""


def _short(fields: Mapping[str, object], field: str, longest: int) -> str:
    text = " ".join(_text(fields, field).split())
    if len(text) > longest:
        raise FieldError(field, f"has {len(text)} characters; at most {longest} are allowed")
    return text


def _id(fields: Mapping[str, object]) -> str:
    return given_id(fields["id"]) if "id" in fields else ""


def _language(fields: Mapping[str, object], text: str, *, guessed: bool) -> str:
    """Return the language of an article.

    A given code that is known counts; else the text decides. What a page says of itself
    is often the language of its template, so there a clear text goes before it.
    """
    value = fields.get("language", "")
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        if not guessed:
            raise FieldError("language", f"expected a language code, found {kind_of(value)}")
        value = ""
    said = normalise(value)
    if said and not guessed:
        return said
    found = detect(text)
    return found.language if found.confidence >= CLEAR or not said else said


def _published(fields: Mapping[str, object], fetched: datetime) -> datetime | None:
    if "published" not in fields:
        return None
    value = fields["published"]
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("$date", "value", "date") if key in value), value)
    try:
        return parse_date(value, fetched=fetched)
    except ValueError as error:
        raise FieldError("published", str(error)) from None


def _names(values: Mapping[str, object]) -> str:
    """Return the names that were found, for a person who has to map them."""
    shown = ", ".join(repr(name[:40]) for name in list(values)[:12])
    return f"the fields {shown}" if shown else "no fields"
