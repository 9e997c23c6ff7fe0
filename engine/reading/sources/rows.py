"""Reads articles that a program holds already: rows of a data frame, dicts, `Article`s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np

from engine.domain import Article, Reject
from engine.errors import InputError, MissingExtraError
from engine.protocols import Progress, silent
from engine.reading.articles import Reading, article_of
from engine.reading.fields import NAMES, kind_of
from engine.reading.records import Record

_BATCH_ROWS: Final = 256
"""Rows that are made objects of Python at a time, and between two reports of progress."""

ROWS: Final = "rows"
"""What rejects call an iterable of articles; a data frame is called by its type."""


@runtime_checkable
class ArrowStream(Protocol):
    """A table that is read by the PyCapsule interface of Arrow.

    A data frame of pandas (2.2 and later) or polars, a table, record batch or reader of
    pyarrow, a relation of DuckDB.
    """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the capsule of a stream."""


Rows: TypeAlias = ArrowStream | Iterable[Article | Mapping[str, object]]
"""Articles in the order in which they were written; an iterable is read once."""


def read_rows(
    rows: Rows,
    *,
    fetched: datetime,
    progress: Progress = silent,
    renamed: Mapping[str, str] | None = None,
) -> Iterator[Article | Reject]:
    """Yield one article a row, read as a line of JSON lines is.

    Parameters
    ----------
    rows
        Columns and keys are named as fields are in files. An `Article` keeps its id and its
        time of reading, and is cleaned again from its raw text. What is not known may be
        None or NaN.
    fetched
        Aware UTC time that the articles get as the time of reading.
    progress
        Called with stage ``"read"`` and the number of rows; no total.
    renamed
        Field of the engine to the name of the column or key.

    Raises
    ------
    InputError
        If the data frame has a column that Arrow cannot hold, as one of texts and numbers.
    MissingExtraError
        If a data frame is given and pyarrow is not installed.
    """
    name = type(rows).__name__ if isinstance(rows, ArrowStream) else ROWS
    found: Iterable[object] = _of_table(rows, name) if isinstance(rows, ArrowStream) else rows
    for number, row in enumerate(found, start=1):
        if number % _BATCH_ROWS == 0:
            progress("read", number, None)
        values: Mapping[str, object]
        if isinstance(row, Article):
            reading, values = Reading(row.fetched), _as_found(row)
        elif isinstance(row, Mapping):
            reading = Reading(fetched, renamed)
            values = {str(key): _plain(value) for key, value in row.items()}
        else:
            reason = f"expected an Article or a dict, found {kind_of(row)}"
            yield Reject(name, number, "", reason)
            continue
        yield article_of(Record(number, values), file=name, reading=reading)


def _as_found(article: Article) -> dict[str, object]:
    """Return the fields of an article by its own names, with the text as it was found."""
    return {name: getattr(article, name) for name in NAMES} | {"body": article.raw or article.body}


def _of_table(table: ArrowStream, name: str) -> Iterator[Mapping[str, object]]:
    """Yield the rows of a table, some hundred in memory at a time."""
    try:
        from pyarrow import ArrowException, RecordBatchReader
    except ImportError as error:
        raise MissingExtraError(
            f"reading a {name} needs one more package: pip install 'news-story-engine[parquet]'; "
            "or give its rows as dicts"
        ) from error
    try:
        with RecordBatchReader.from_stream(table) as batches:
            for batch in batches:
                for start in range(0, batch.num_rows, _BATCH_ROWS):
                    yield from batch.slice(start, _BATCH_ROWS).to_pylist()
    except (ArrowException, ValueError, TypeError) as error:
        raise InputError(
            f"the {name} cannot be read as a table of Arrow: {error}; "
            "give its rows as dicts, of which bad ones are rejected one by one"
        ) from error


def _plain(value: object) -> object:
    """Return a value of numpy or pandas as JSON could hold it; None where it is missing."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, date | time) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float | datetime) and value != value:  # NaN and NaT
        return None
    return value
