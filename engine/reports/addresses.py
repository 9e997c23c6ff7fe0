"""Addresses of articles as they may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from engine.domain import Article

if TYPE_CHECKING:
    from engine.reports.news import ToldArticle

_OF_ADDRESSES = ":/?#[]@!$&'*+,;=%~"
"""Characters that mean something in an address; all other odd ones are written in hex."""


def web_address(article: Article | ToldArticle) -> str:
    """Return the address of an article if it is one of the web: others can be dangerous.

    Quotes, braces, blanks and all else that could end an address are written in hex.
    """
    try:
        scheme = urlsplit(article.url).scheme
    except ValueError:
        return ""
    return quote(article.url, safe=_OF_ADDRESSES) if scheme in {"http", "https"} else ""
