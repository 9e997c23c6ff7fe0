"""A text or a file as the article that is searched for."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

from engine.domain import Article, Reject
from engine.errors import InputError
from engine.reading import read
from engine.reading.articles import Reading, article_of
from engine.reading.records import Record


def query_article(text: str | None, file: Path | None, *, fetched: datetime) -> Article:
    """Return a text, or else the one article of a file, cleaned and with its language.

    Raises
    ------
    InputError
        The file holds none or several, or nothing is left after cleaning.
    """
    found = (
        list(islice(read([file], fetched=fetched), 2))
        if file is not None
        else [article_of(Record(0, {"text": text}), file="the text", reading=Reading(fetched))]
    )
    if not found:
        raise InputError(f"{file} holds no article")
    if len(found) > 1:
        raise InputError(f"{file} holds more than one article; ingest it and use --id")
    (article,) = found
    if isinstance(article, Reject):
        place = f"{article.file}, line {article.line}" if article.line else article.file
        raise InputError(f"{place} cannot be searched for: {article.reason}")
    return article
