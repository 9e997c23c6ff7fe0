"""What is searched for: a text, a file or a stored article, and its vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from engine.domain import Article, Embeddings, Reject, embedding_text, lengths_of
from engine.encoding import Centring
from engine.errors import EmptyQueryError, InputError, NotFoundError
from engine.reading.articles import Reading, article_of
from engine.reading.inputs import read
from engine.reading.records import Record

if TYPE_CHECKING:
    from engine.jobs.base.reader import Reader


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
    if len(found) > 1:
        raise InputError(f"{file} holds more than one article; ingest it and use --id")
    (article,) = found
    if file is None and not (text or "").strip():
        raise EmptyQueryError("there is nothing to search for: the text is empty")
    if isinstance(article, Reject):
        place = article.file if file is None else article.place
        raise InputError(f"{place} cannot be searched for: {article.reason}")
    return article


def centring(reader: Reader) -> Centring:
    """Return what centres vectors as those of the generation were."""
    return Centring.from_bytes(reader.generation.centring)


def embedded(reader: Reader, texts: Sequence[str], languages: Sequence[str]) -> Embeddings:
    """Return texts as vectors that are centred as the stored ones were, (n_texts, dim).

    Raises
    ------
    MismatchError
        The encoder makes other vectors than the generation holds.
    """
    return reader.once(centring).apply(reader.encode(texts), languages, lengths_of(texts))


def embed_queries(reader: Reader, articles: Sequence[Article]) -> list[Query]:
    """Return `articles` as queries, embedded at once and centred as the stored ones were.

    Raises
    ------
    MismatchError
        The encoder makes other vectors than the generation holds.
    """
    if not articles:
        return []
    texts = [embedding_text(one.title, one.body) for one in articles]
    centred = embedded(reader, texts, [one.language for one in articles])
    name = reader.generation.name
    return [Query(one, centred[row : row + 1], generation=name) for row, one in enumerate(articles)]


def stored_queries(reader: Reader, ids: Sequence[str]) -> list[Query]:
    """Return indexed articles as queries.

    Raises
    ------
    NotFoundError
        There is no such article, or it was ingested after the last rebuild.
    """
    generation = reader.generation
    articles = reader.articles(ids)
    if missing := [id_ for id_ in ids if id_ not in articles]:
        raise NotFoundError(f"there is no article with id {missing[0]!r}")
    rows = reader.rows_of(ids)
    if (rows < 0).any():
        new = ids[int(rows.argmin())]
        raise NotFoundError(f"article {new!r} is not indexed yet; run 'engine rebuild'")
    vectors = np.ascontiguousarray(generation.vectors(rows))
    return [
        Query(articles[id_], vectors[place : place + 1], int(rows[place]), generation.name)
        for place, id_ in enumerate(ids)
    ]


def renewed(reader: Reader, query: Query) -> Query:
    """Return `query` as the generation of `reader` has it, where it was made for another.

    Raises
    ------
    NotFoundError
        It was a stored article, which is gone.
    """
    if query.generation == reader.generation.name:
        return query
    if query.row >= 0:
        return stored_queries(reader, [query.article.id])[0]
    return embed_queries(reader, [query.article])[0]


def one_query(
    reader: Reader,
    text: str | None = None,
    *,
    id_: str | None = None,
    file: Path | None = None,
    stdin: BinaryIO | None = None,
) -> Query:
    """Return what to search for, from a text, a stored article or a file; ``-`` is `stdin`.

    Raises
    ------
    InputError
        Not exactly one of the three is given, or nothing is left after cleaning.
    NotFoundError
        No such article is indexed.
    """
    if sum(value is not None for value in (text, id_, file)) != 1:
        raise InputError("expected exactly one of a text, an id and a file to search for")
    if id_ is not None:
        return stored_queries(reader, [id_])[0]
    article = query_article(text, file, stdin=stdin, fetched=reader.setup.now())
    return embed_queries(reader, [article])[0]


def as_queries(reader: Reader, asked: Sequence[Query | str]) -> list[Query]:
    """Return texts as queries, embedded at once, and queries as they are.

    Raises
    ------
    InputError
        Nothing is left of a text after cleaning.
    """
    now = reader.setup.now()
    texts = [text for text in asked if isinstance(text, str)]
    made = iter(embed_queries(reader, [query_article(text, None, fetched=now) for text in texts]))
    return [next(made) if isinstance(query, str) else query for query in asked]
