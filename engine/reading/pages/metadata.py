"""Reads what a page says of itself; where its statements differ, in one documented order.

The order is JSON-LD, OpenGraph and other meta elements, the page itself (docs/reading.md).
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from engine.reading.articles import author_of
from engine.reading.pages.dating import published_time
from engine.reading.pages.headings import heading_of
from engine.reading.pages.headlines import choose_headline
from engine.words.addresses import canonical_url, host_of

_AUTHORS: Final = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "byl",
)
"""Meta elements that hold the author, the most used first."""

_MOST_LINKS: Final = 5
"""Links to authors looked at; later ones belong to other articles."""

_MOST_OBJECTS: Final = 5000
"""Objects looked at in one page; more are lists of links."""

_LARGEST: Final = 4 * 1024 * 1024
"""Characters of one block."""

_LONGEST_LINE: Final = 10_000
"""Characters of a headline, a name or a summary that are looked at."""

_TYPES: Final = ("Article", "Posting", "Report", "Review", "NewsStory")
"""Endings and parts of the schema.org types that are articles."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of its article; empty or None where it says nothing.

    Attributes
    ----------
    title
        Headline without the site's name.
    headlines
        All that the page states as its headline, as it does.
    published
        Aware UTC time.
    language
        Code as the page spells it.
    source
        Name of the site.
    url
        Canonical address.
    author
        Names, separated by commas.
    body
        Text of the article in JSON-LD, where the page puts it there.
    description
        The summary for search engines and shared links.
    is_free
        False where the page says that only subscribers may read it all.
    n_words
        Words that JSON-LD counts in the text, 0 where it does not.
    """

    title: str
    headlines: tuple[str, ...]
    published: datetime | None
    language: str
    source: str
    url: str
    author: str
    body: str
    description: str
    is_free: bool
    n_words: int


def read_metadata(
    tree: Any,  # noqa: ANN401 - an lxml tree, untyped
    *,
    url: str,
    places: Mapping[str, str] | None = None,
) -> Metadata:
    """Return what a page says of its article.

    Parameters
    ----------
    tree
        Page as parsed by lxml.
    url
        Address that the page was fetched from, or empty.
    places
        Host to the place of its headline; the table of known hosts when None.
    """
    metas = _metas(tree)
    base = urljoin(url, next(iter(tree.xpath("//base/@href")), "").strip())
    links = [
        urljoin(base, link.strip()) for link in tree.xpath("//link[@rel='canonical']/@href")[:1]
    ]
    address = next((a for a in (*links, metas.get("og:url", ""), url) if canonical_url(a)), "")
    blocks = tree.xpath("//script[contains(@type, 'ld+json')]/text()")
    item = find_article(blocks, urls=(address, url))
    publisher = text_of_ld(item, "publisher", "name")
    application = metas.get("application-name", "")
    host = host_of(address)
    source = metas.get("og:site_name") or publisher or application or host
    headlines = _headlines(tree, metas, item)
    title = choose_headline(
        headlines,
        host=host,
        site_names=(source, publisher, application),
        sections=_sections(metas, item, address),
        places=places,
    )
    language = text_of_ld(item, "inLanguage") or _attribute(tree, "lang")
    language = language or metas.get("og:locale", "")
    return Metadata(
        title=title,
        headlines=tuple(filter(None, headlines.values())),
        published=published_time(
            tree,
            stated=text_of_ld(item, "datePublished"),
            metas=metas,
            url=address,
            language=language,
        ),
        language=language,
        source=source,
        url=address,
        author=_authors(tree, metas, item, sites={source, publisher, application}),
        body=text_of_ld(item, "articleBody"),
        description=metas.get("og:description") or metas.get("description", ""),
        is_free=metas.get("article:content_tier") != "locked" and _is_free(item),
        n_words=_number(item.get("wordCount")),
    )


def _metas(tree: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the first content of every meta element, by name in lower case."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        for key in ("property", "name", "itemprop"):
            name, content = element.get(key), element.get("content")
            if name and content and content.strip():
                found.setdefault(name.strip().lower(), _line(content))
    return found


def _headlines(tree: Any, metas: dict[str, str], item: Any) -> dict[str, str]:  # noqa: ANN401
    stated = {
        "json-ld": _line(text_of_ld(item, "headline")),
        "opengraph": metas.get("og:title", ""),
        "twitter": metas.get("twitter:title", ""),
        "title": _line(tree.findtext(".//title") or ""),
    }
    return stated | {"heading": heading_of(tree, others=tuple(stated.values()))}


def _sections(metas: dict[str, str], item: Any, url: str) -> tuple[str, ...]:  # noqa: ANN401
    """Return what names the part of the site: statements, and the folders of the address."""
    folders = unquote(urlsplit(url).path).split("/")[:-1]
    return (metas.get("article:section", ""), text_of_ld(item, "articleSection"), *folders)


def _attribute(tree: Any, name: str) -> str:  # noqa: ANN401
    root = tree.getroottree().getroot()
    return str(root.get(name) or root.get(f"xml:{name}") or "")


def _authors(
    tree: Any,  # noqa: ANN401
    metas: dict[str, str],
    item: Any,  # noqa: ANN401
    *,
    sites: set[str],
) -> str:
    """Return the names that the most trusted place states; the site itself is no author."""
    people = item.get("author") if item else None
    people = people if isinstance(people, list) else [people]
    names = (text_of_ld({"author": person}, "author") for person in people if person)
    links = tree.xpath("//*[@rel='author' or @itemprop='author']")[:_MOST_LINKS]
    places = (
        [name for name in names if name not in sites],
        *(name for key in _AUTHORS if (name := metas.get(key)) not in sites),
        [_line(link.text_content()) for link in links],
    )
    return next(filter(None, map(author_of, places)), "")


def _line(text: str) -> str:
    return " ".join(text[:_LONGEST_LINE].split())


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


def _is_free(item: Mapping[str, Any]) -> bool:
    """Tell whether a page's object, and the parts of it that it names, are free to read."""
    parts = item.get("hasPart")
    pieces = [item, *(parts if isinstance(parts, list) else [parts])]
    stated = (one.get("isAccessibleForFree") for one in pieces if isinstance(one, Mapping))
    return not any(str(value).lower().endswith("false") for value in stated)


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0


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
