"""Makes an article of a record: fields, authors, cleaning, date, language and id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, ParamSpec, TypeVar

from engine.domain import Article, Reject
from engine.reading.cleaning.cleaner import clean, clean_title
from engine.reading.dates import parse_date
from engine.reading.fields import FieldError, kind_of, names_in, pick, text_of
from engine.reading.languages import detect, normalise
from engine.reading.records import Record
from engine.words.addresses import canonical_url, host_of

P = ParamSpec("P")
T = TypeVar("T")

CLEAR: Final = 0.8
"""Confidence from which a text's own language goes before what its page says."""

LONGEST_SOURCE: Final = 200
"""Characters of an outlet's name; longer ones are text in the wrong field."""

LONGEST_URL: Final = 4096
"""Characters of an address; browsers and servers stop there or earlier."""

LONGEST_ID: Final = 512
"""Characters of a given id."""

LONGEST_AUTHORS: Final = 300
"""Characters of all names; longer ones are text in the wrong field."""

_LONGEST_NAME: Final = 80

_MOST_NAMES: Final = 20

_BY: Final = re.compile(r"^by\s+", re.IGNORECASE)

_NO_NAME: Final = re.compile(r"//|www\.|^\S+[@/.]\S*\.\S+$|^[\W\d_]*$")
"""Addresses of profiles, mailboxes and sites, and numbers: many sites put them there."""

_MAILED: Final = re.compile(r"^\S+@\S+\s*\((.+)\)$|^(.+?)\s*<\S+@\S+>$")
"""``desk@echo.example (Ada Lovelace)``, as RSS asks for, and the form of mails."""


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

    A reject names a field as the input does.

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
        names = names_in(record.values, renamed=reading.renamed)
        return Reject(file, record.line, names.get(error.field, error.field), error.reason)


def _article(record: Record, reading: Reading) -> Article:
    fields = pick(record.values, renamed=reading.renamed)
    optional = _left_out if record.guessed else _given
    raw_title = _text(fields, "title")
    raw_body = _text(fields, "body")
    if not raw_title.strip() and not raw_body.strip():
        found = _names(record.values)
        raise FieldError("", f"has neither title nor text, or only empty ones; found {found}")
    url = optional(_short, fields, "url", LONGEST_URL) or ""
    source = optional(_short, fields, "source", LONGEST_SOURCE) or ""
    source = clean_title(source) or host_of(url)
    title = clean_title(raw_title)
    body = clean(raw_body).text
    if not title and not body:
        field = "body" if raw_body.strip() else "title"
        raise FieldError(field, "nothing is left after cleaning: no word of an article in it")
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


def given_id(value: object) -> str:
    """Return the id that the input gives, or empty when it gives none.

    Raises
    ------
    FieldError
        If the id is neither text nor a whole number, is longer than 512 characters or
        holds control characters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict) and isinstance(value.get("$oid"), str):
        value = value["$oid"]  # MongoDB exports
    if not isinstance(value, str):
        raise FieldError("id", f"expected text or a whole number, found {kind_of(value)}")
    name = value.strip()
    if len(name) > LONGEST_ID:
        raise FieldError("id", f"has {len(name)} characters; at most {LONGEST_ID} are allowed")
    if not name.isprintable():
        raise FieldError("id", "holds control characters; expected one line of text")
    return name


def derived_id(*, url: str, source: str, title: str, body: str) -> str:
    """Return an id from the address, or from the content when the address names no page.

    The address of a front page (no path, no parameters) names no article. The content
    counts as the input gives it, so that a new version of the cleaner changes no id, and
    with its source, so that two outlets with one wire story keep their two articles.
    """
    address = canonical_url(url)
    if address.count("/") > 2 or "?" in address:
        return f"url-{_digest(address)}"
    words = " ".join(f"{title}\n{body}".split())
    return f"text-{_digest(source + chr(0) + words)}"


def _digest(text: str) -> str:
    """Return 80 bits of BLAKE2b: among 10 million articles one clash in 24 billion tries."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=10).hexdigest()


def author_of(value: object) -> str:
    """Return the names in `value`, separated by commas; empty where it holds none.

    Parameters
    ----------
    value
        Text, an object with a name, or a list of these. What cannot be read as a name is
        left out: no article is worth less for its author line.
    """
    names = list(dict.fromkeys(_author_names(value)))[:_MOST_NAMES]
    joined = ", ".join(names)
    return joined if len(joined) <= LONGEST_AUTHORS else ""


def _author_names(value: object) -> Iterator[str]:
    for part in value[:_MOST_NAMES] if isinstance(value, list) else [value]:
        text = part.get("name") if isinstance(part, Mapping) else part
        if not isinstance(text, str) or len(text) > LONGEST_AUTHORS:
            continue
        mailed = _MAILED.match(text.strip())
        name = (mailed[1] or mailed[2]) if mailed else text
        name = _BY.sub("", clean_title(name.replace("\0", "")).strip(" ,;|\"'"))
        if name and not _NO_NAME.search(name) and name.isprintable():
            yield name
