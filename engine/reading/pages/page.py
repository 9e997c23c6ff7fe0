"""Reads a saved page of a news site as one article."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile
from typing import Any, BinaryIO, Final

import regex

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.cleaning.furniture import is_wall
from engine.reading.cleaning.stubs import LONGEST_STUB, NOT_FREE
from engine.reading.pages.kinds import kind_of_page
from engine.reading.pages.lines import lines_of
from engine.reading.pages.metadata import read_metadata
from engine.reading.pages.opening import without_headline
from engine.reading.pages.prose import HINT, main_text
from engine.reading.records import RawPage, Record
from engine.reading.wide import wide_encoding

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a page."""

MOST_TAGS: Final = 100_000
"""Tags of a page; each costs a few microseconds in every step. News pages have 10,000 at most."""

LONGEST_TEXT: Final = 1_000_000
"""Characters of an article, those of a long novel; each line of a text is cleaned by itself."""

_SHORTEST_BODY: Final = 400
"""Characters of text in the page's own data from which it may replace what was extracted."""

_HALF: Final = 2
"""Times that the text in the page's data must be as long as the extracted one to replace it. On 181
outlets F1 was .957 without this, .957 at 1.2 and 1.5, .959 at 2 and .957 at 3."""

DEEPEST: Final = 700
"""Levels of a page up to which all of it is read."""

_GUESS_BYTES: Final = 50_000
"""Bytes from which an encoding is guessed."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE: Final = ("utf-16", "utf-32")
_SAVED_FROM: Final = re.compile(r"<!-- saved from url=\(\d+\)(https?://\S+)")
"""The note that browsers leave in a page they save."""

_DECLARED: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I
)

_WORD: Final = regex.compile(
    r"[\p{Han}\p{Kana}\p{Hira}\p{Thai}\p{Lao}\p{Khmr}\p{Mymr}]|[\p{L}\p{M}\p{N}]+"
)
"""A word, or a sign of a script without spaces, where sites count signs."""


@dataclass(frozen=True, slots=True)
class Page:
    """The article of one page.

    Attributes
    ----------
    title, text
        As extracted, not cleaned; either may be empty. Where a page shows its text only to
        browsers that run scripts, the text is its description.
    kind
        What the page is if it is no article, as in ``an error page``; else empty. A page that
        states its day is an article.
    published
        Aware UTC time or None.
    language, source, url, author
        As the page states them, or empty.
    """

    title: str
    text: str
    kind: str
    published: datetime | None
    language: str
    source: str
    url: str
    author: str


def read_html(stream: BinaryIO, name: str) -> Iterator[RawPage | Reject]:
    """Yield the one page in `stream`.

    Parameters
    ----------
    stream
        HTML in any encoding that it declares.
    name
        What rejects call the file.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the page is larger than {LARGEST >> 20} MiB")
        return
    yield RawPage(0, data)


def page_record(
    raw: RawPage, *, name: str, places: Mapping[str, str] | None = None
) -> Record | Reject:
    """Return the record of a page, or why there is none; see `read_page`."""
    line = raw.line
    n_tags = raw.data.count(b"<")
    if n_tags > MOST_TAGS:
        return Reject(
            name, line, "", f"the page has {n_tags:,} tags; at most {MOST_TAGS:,} are read"
        )
    page = read_page(raw.data, url=raw.url, encoding=raw.encoding, places=places)
    if page is None:
        return Reject(name, line, "", "the page holds no text")
    if page.kind:
        return Reject(name, line, "", f"is {page.kind}, no article: {page.title[:80]!r}")
    if not page.text:
        return Reject(name, line, "text", f"no article text found in the page {page.title[:80]!r}")
    if len(page.text) > LONGEST_TEXT:
        reason = f"the text has {len(page.text):,} characters; at most {LONGEST_TEXT:,} are read"
        return Reject(name, line, "text", reason)
    values = {
        "title": page.title,
        "text": page.text,
        "published": page.published,
        "language": page.language,
        "source": page.source,
        "url": page.url,
        "author": page.author,
    }
    return Record(line, values, guessed=True)


def read_page(
    data: bytes,
    *,
    url: str = "",
    encoding: str = "",
    places: Mapping[str, str] | None = None,
) -> Page | None:
    """Return the article of a page, None when it holds nothing.

    Parameters
    ----------
    data
        The page.
    url
        Address it was fetched from, where known.
    encoding
        Encoding that the server named; a byte order mark goes before it, what the page
        declares comes after it, then UTF-8, then a guess by its bytes.
    places
        Host to the place of its headline; the table of known hosts when None.

    Raises
    ------
    MissingExtraError
        If the packages for pages are not installed.
    """
    text = decode(data, encoding=encoding)
    saved = _SAVED_FROM.search(text, 0, 4096)
    url = url or (saved[1] if saved else "")
    tree = parse_page(text.encode("utf-8", "replace"))
    if tree is None:
        return None
    metadata = read_metadata(tree, url=url, places=places)
    has_scripts = tree.find(".//script") is not None
    body = main_text(tree)
    if len(metadata.body) >= max(_SHORTEST_BODY, _HALF * len(body)):
        body = metadata.body
    body = without_headline(body or metadata.description, (metadata.title, *metadata.headlines))
    if body and not _is_whole(body, metadata.n_words):
        body = _walled(body, _wall(tree) or ("" if metadata.is_free else NOT_FREE))
    kind = "" if metadata.published else kind_of_page(title=metadata.title, text=body)
    if not body and has_scripts:
        kind = kind or "an empty shell that scripts fill"
    return Page(
        title=metadata.title,
        text=body,
        kind=kind,
        published=metadata.published,
        language=metadata.language,
        source=metadata.source,
        url=metadata.url,
        author=metadata.author,
    )


def _walled(text: str, wall: str) -> str:
    """Return `text` with the line that says that there is more of it, once."""
    return text if not wall or wall in text.split("\n") else f"{text}\n{wall}"


def _wall(tree: Any) -> str:  # noqa: ANN401 - lxml ships no types
    """Return the line below the headline that asks to subscribe, empty where there is none."""
    below = dropwhile(lambda line: line.tag != "h1", lines_of(tree))
    return next((line.text for line in below if is_wall(line.text)), "")


def _is_whole(text: str, n_words: int) -> bool:
    """Tell whether a text may be all of an article, by its length and the words it should have."""
    if n_words:
        return _HALF * len(_WORD.findall(text)) > n_words
    return len(text) > LONGEST_STUB


def decode(data: bytes, *, encoding: str = "") -> str:
    """Return the page as text; bytes that fit no encoding become replacement characters."""
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(marked, "replace")
    declared = _DECLARED.search(data, 0, 4096)
    stated = declared[1].decode("ascii") if declared else ""
    if stated.lower().startswith(_WIDE):  # it could not be read here if it were
        stated = ""
    for name in (wide_encoding(data), encoding, stated, "utf-8"):
        try:
            return data.decode(codecs.lookup(name).name) if name else data.decode("utf-8")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode(_guessed_encoding(data), "replace")


def _guessed_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes  # comes with trafilatura

    guess = from_bytes(data[:_GUESS_BYTES]).best()
    return guess.encoding if guess else "cp1252"


def parse_page(data: bytes, *, encoding: str = "") -> Any:  # noqa: ANN401 - lxml ships no types
    """Return a page as an lxml tree, None when there is no element in it.

    Scripts are kept for their data, comments are not. What is nested deeper than `DEEPEST` is
    dropped from 256 on, as libxml2 does by itself: looking for the text takes a time that grows
    with the depth, and a page of 1 MB nested 1,990 deep would take minutes.

    Raises
    ------
    MissingExtraError
        If lxml is not installed.
    """
    try:
        from lxml import etree, html
    except ImportError as error:
        raise MissingExtraError(HINT) from error
    try:
        tree = None
        for huge in (True, False):
            parser = html.HTMLParser(
                encoding=encoding or "utf-8", remove_comments=True, remove_pis=True, huge_tree=huge
            )
            tree = html.document_fromstring(data, parser=parser)
            if not huge or not _is_deep(tree):
                break
    except (etree.ParserError, ValueError):
        return None
    return tree if tree is not None and isinstance(tree.tag, str) else None


def _is_deep(tree: Any) -> bool:  # noqa: ANN401 - lxml ships no types
    """Tell whether an element is nested deeper than `DEEPEST`."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in parent]
        if not level:
            return False
    return True
