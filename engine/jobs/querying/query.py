"""What is searched for: a text, a file or a stored article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from engine.domain import Article, Embeddings, Reject
from engine.errors import EmptyQueryError, InputError
from engine.reading.articles import Reading, article_of
from engine.reading.inputs import read
from engine.reading.records import Record


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Attributes
    ----------
    article
        The text as an article: cleaned, with its language.
    vector
        Float32, shape (1, dim): its centred unit vector.
    row
        Its row in the generation where it is a stored article, which is no hit; else -1.
    generation
        Name of the generation for which it was embedded.
    """

    article: Article
    vector: Embeddings
    row: int = -1
    generation: str = ""


def says_something(article: Article) -> bool:
    """Tell whether a text has a letter or a digit, without which it is about nothing."""
    return any(character.isalnum() for character in f"{article.title}{article.body}")


def query_article(
    text: str | None, file: Path | None, *, fetched: datetime, stdin: BinaryIO | None = None
) -> Article:
    """Return a text, or else the one article of a file, cleaned and with its language.

    The file ``-`` is `stdin`.

    Raises
    ------
    EmptyQueryError
        The text is empty.
    InputError
        The file holds none or several, or nothing is left after cleaning.
    """
    found = (
        list(islice(read([file], fetched=fetched, stdin=stdin), 2))
        if file is not None
        else [article_of(Record(0, {"text": text}), file="the text", reading=Reading(fetched))]
    )
    if not found:
        raise InputError(f"{file} holds no article")
    if len(found) > 1:
        raise InputError(f"{file} holds more than one article; ingest it and use --id")
    (article,) = found
    if file is None and not (text or "").strip():
        raise EmptyQueryError("there is nothing to search for: the text is empty")
    if isinstance(article, Reject):
        place = f"{article.file}, line {article.line}" if article.line else article.file
        raise InputError(f"{place} cannot be searched for: {article.reason}")
    return article
