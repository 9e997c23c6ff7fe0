"""Reads the rows of a database query as articles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from engine.domain import Article, EmptyInput, Reject
from engine.errors import InputError, MissingExtraError
from engine.protocols import Progress, silent
from engine.reading.articles import Reading, article_of
from engine.reading.records import Record

_BATCH_ROWS = 256
"""Rows fetched at a time, and between two reports of progress."""


def read_query(
    database: str | Path,
    query: str,
    *,
    fetched: datetime,
    progress: Progress = silent,
    renamed: Mapping[str, str] | None = None,
) -> Iterator[Article | Reject]:
    """Yield one article a row of `query`; the columns are named as fields are in files.

    Parameters
    ----------
    database
        File of a SQLite database, which is opened for reading only; or an address that
        SQLAlchemy understands (``postgresql://...``), for which it must be installed.
    query
        One SELECT; ``SELECT headline AS title, ...`` gives columns their names.
    fetched
        Aware UTC time that the articles get as the time of reading.
    progress
        Called with stage ``"read"`` and the number of rows; no total.
    renamed
        Field of the engine to the column's name.

    Raises
    ------
    InputError
        If the database cannot be opened or does not understand the query.
    MissingExtraError
        If SQLAlchemy is needed and not installed.
    """
    reading = Reading(fetched=fetched, renamed=renamed)
    address = str(database)
    rows = _from_address(address, query) if "://" in address else _from_file(address, query)
    name = address.rsplit("@", 1)[-1]  # a reject must not show a password
    number = 0
    for number, row in enumerate(rows, start=1):
        if number % _BATCH_ROWS == 0:
            progress("read", number, None)
        yield article_of(Record(number, row), file=name, reading=reading)
    if not number:
        yield EmptyInput(name, 0, "", "the query gives no rows")


def _from_file(path: str, query: str) -> Iterator[Mapping[str, object]]:
    try:
        connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
        try:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            while rows := cursor.fetchmany(_BATCH_ROWS):
                for row in rows:
                    yield dict(zip(names, row, strict=True))
        finally:
            connection.close()
    except (sqlite3.Error, OSError, ValueError) as error:
        raise InputError(f"cannot query the SQLite database {path}: {error}") from error


def _from_address(address: str, query: str) -> Iterator[Mapping[str, object]]:
    try:
        from sqlalchemy import create_engine, exc, pool, text
    except ImportError as error:
        raise MissingExtraError(
            "querying this database needs one more package: pip install 'news-story-engine[sql]'"
        ) from error
    name = address.rsplit("@", 1)[-1]
    try:
        # One query needs no pool, which would keep the connection open after it.
        database = create_engine(address, poolclass=pool.NullPool)
        with database.connect().execution_options(stream_results=True) as connection:
            for row in connection.execute(text(query)).mappings():
                yield {str(key): value for key, value in row.items()}
    except (exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise InputError(f"cannot query the database {name}: {error}") from error
