"""Reads tables: comma or tab separated text, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.fields import known_field
from engine.reading.records import Record
from engine.reading.sources.containers import seekable

LONGEST_FIELD: Final = 16 * 1024 * 1024
"""Characters of a field; a quote that is never closed runs into this."""

_DELIMITERS: Final = (",", "\t", ";", "|")

_FOR_EXCEL: Final = "sep="
"""Start of a line before the header that tells Excel the separator."""

_BATCH_ROWS: Final = 256
"""Rows of a Parquet file held at a time."""


NO_NAMES: Final[Mapping[str, str]] = {}
"""No names of the input's own."""


def read_csv(
    stream: BinaryIO, name: str, *, mapped: Mapping[str, str] = NO_NAMES
) -> Iterator[Record | Reject]:
    """Yield one record a row; the first row names the fields.

    The separator is the one that splits the header best. Rows may hold line breaks in
    quotes. A row that is not UTF-8 is rejected, the next ones go on.

    Parameters
    ----------
    stream, name
        As for every reader.
    mapped
        The input's own names of fields, each with the engine's field.
    """
    csv.field_size_limit(LONGEST_FIELD)
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(text, name, mapped)
    finally:
        text.detach()  # the stream is closed by whoever opened it


def _rows(
    text: io.TextIOWrapper, name: str, mapped: Mapping[str, str]
) -> Iterator[Record | Reject]:
    header, n_before = _header(text)
    if not header:
        return
    delimiter = best_delimiter(header)
    names = [column.strip() for column in next(csv.reader([header], delimiter=delimiter), [])]
    if not any(column in mapped or known_field(column) for column in names):
        shown = ", ".join(repr(column[:40]) for column in names[:12])
        yield Reject(
            name, n_before, "", f"the first row names no field that is known; found {shown}"
        )
        return
    rows = csv.reader(text, delimiter=delimiter)
    while True:
        line = rows.line_num + n_before + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(name, line, "", f"is no usable row: {error}")
            continue
        if row:
            yield Record(line, dict(zip(names, row, strict=False)))


def _header(text: io.TextIOWrapper) -> tuple[str, int]:
    """Return the first line that says something, and its number; empty: there is none."""
    header, n_before = text.readline(1 << 20), 1
    while header.isspace() or header.startswith(_FOR_EXCEL):
        header = text.readline(1 << 20)
        n_before += 1
    return header, n_before


def best_delimiter(header: str) -> str:
    """Return the separator that gives the most names in `header`."""
    return max(_DELIMITERS, key=header.count)


def is_csv_header(head: bytes, *, mapped: Mapping[str, str] = NO_NAMES) -> bool:
    """Tell whether the first line names two fields or more, one of them a title or a text.

    Parameters
    ----------
    head
        How the input begins.
    mapped
        As for `read_csv`.
    """
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    header = rest.partition(b"\n")[0] if first.startswith(_FOR_EXCEL.encode()) else first
    line = header.decode("utf-8", "replace").strip()
    delimiter = best_delimiter(line)
    names = [name.strip(' "') for name in line.split(delimiter)]
    known = [mapped.get(name) or known_field(name) for name in names]
    return len(names) > 1 and bool({"title", "body"} & set(known)) and known.count("") < len(names)


def read_parquet(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record a row, some hundred rows in memory at a time.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingExtraError(
            "reading Parquet needs one more package: pip install 'news-story-engine[parquet]'"
        ) from error
    line = 0
    try:
        with seekable(stream) as whole, parquet.ParquetFile(whole) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                for row in batch.to_pylist():
                    line += 1
                    yield Record(line, row)
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        yield Reject(name, line + 1, "", f"the Parquet file is damaged: {str(error)[:200]}")
