"""Articles as citations: RIS, and BibTeX with the fields of biblatex."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from engine.domain import UNDETERMINED, Article
from engine.reports.addresses import web_address
from engine.words.headlines import headline_of

_TEX = str.maketrans(
    {
        # A brace counts for BibTeX even behind a backslash, so each gets a name.
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
    | {character: f"\\{character}" for character in "#$%&_"}
)

_KEY = re.compile(r"[^0-9A-Za-z:-]+")
"""What a citation key may not hold."""


def ris(articles: Iterable[Article]) -> str:
    """Return articles in RIS, which reference managers import; one record each."""
    return "".join("\r\n".join([*_ris_lines(article), "", ""]) for article in articles)


def bibtex(articles: Iterable[Article]) -> str:
    """Return articles as entries of BibTeX; keys are made of their ids and are distinct."""
    seen = Counter[str]()
    entries = []
    for article in articles:
        key = _KEY.sub("-", article.id).strip("-") or "article"
        seen[key] += 1
        # What is made of an id holds no full stop.
        entries.append(_entry(article, key if seen[key] == 1 else f"{key}.{seen[key]}"))
    return "\n".join(entries)


def _ris_lines(article: Article) -> list[str]:
    when = article.published
    values = [
        ("TY", "NEWS"),
        ("ID", article.id),
        ("TI", headline_of(article)),
        *(("AU", author) for author in _authors(article)),
        ("T2", article.source),
        ("DA", "" if when is None else f"{when:%Y/%m/%d}/"),
        ("PY", "" if when is None else f"{when:%Y}"),
        ("LA", _language(article)),
        ("UR", web_address(article)),
    ]
    said = [(tag, _one_line(value)) for tag, value in values]
    return [*(f"{tag}  - {value}" for tag, value in said if value), "ER  - "]


def _entry(article: Article, key: str) -> str:
    when = article.published
    fields = {
        "title": _tex(headline_of(article)),
        "author": " and ".join(f"{{{_tex(author)}}}" for author in _authors(article)),
        "organization": _tex(article.source),
        "date": "" if when is None else f"{when:%Y-%m-%d}",
        "year": "" if when is None else f"{when:%Y}",
        "langid": _tex(_language(article)),
        "url": web_address(article),
    }
    # The second pair of braces keeps capitals as they are.
    lines = [f"  {name} = {{{{{value}}}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{{key},", *lines, "}", ""])


def _authors(article: Article) -> list[str]:
    return [name for each in article.author.split(",") if (name := each.strip())]


def _language(article: Article) -> str:
    return "" if article.language == UNDETERMINED else article.language


def _one_line(text: str) -> str:
    """Return `text` without what could begin another line or ends a file."""
    printable = "".join(c for c in text if c.isspace() or unicodedata.category(c) != "Cc")
    return " ".join(printable.split())


def _tex(text: str) -> str:
    return _one_line(text).translate(_TEX)
