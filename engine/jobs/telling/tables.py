"""What a generation holds as tables: Arrow, Parquet, JSON lines, CSV."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from engine.disk.files import replaced_file, storage_errors
from engine.domain import Article, Embeddings, as_json
from engine.errors import InputError, MissingExtraError
from engine.jobs.base.reader import Reader
from engine.jobs.storing.ingest import batches
from engine.jobs.telling.iterate import BLOCK_ROWS, iter_articles, iter_neighbours, iter_vectors

if TYPE_CHECKING:
    import pyarrow as pa

What: TypeAlias = Literal["articles", "stories", "memberships", "neighbours"]
"""The tables there are."""

_Row: TypeAlias = dict[str, Any]

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "articles": {
        "id": "text",
        "title": "text",
        "text": "text",
        "language": "text",
        "source": "text",
        "url": "text",
        "author": "text",
        "published_at": "time",
        "fetched_at": "time",
        "story_id": "text",
    },
    "stories": {
        "id": "text",
        "headline": "text",
        "article_ids": "texts",
        "strengths": "numbers",
        "languages": "texts",
        "sources": "texts",
        "started": "time",
        "ended": "time",
        "cohesion": "number",
        "keywords": "texts",
        "names": "texts",
    },
    "memberships": {"story_id": "text", "id": "text", "strength": "number"},
    "neighbours": {"id": "text", "neighbour": "text", "rank": "count", "cosine": "number"},
}
"""Columns of each table and what they hold. Those of articles have the names under which an
ingest reads them again; `story_id` is null where an article is in no story. A membership is one
article of a story, in the order of `Story.article_ids`."""

VECTOR = "vector"

_FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet could begin to calculate: at the start of a cell, or at what a program that
is set to another separator takes for one (OWASP, CSV Injection); full-width signs count too."""


class _Block(NamedTuple):
    """Some rows, and where they are wanted the vector of each: float32, (n, dim)."""

    rows: list[_Row]
    vectors: Embeddings | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """A table before it has a format; `dim` is the length of its vectors, 0 where it has none."""

    columns: Mapping[str, str]
    dim: int
    blocks: Iterator[_Block]


def to_arrow(reader: Reader, what: What, *, vectors: bool = False, k: int = 10) -> pa.Table:
    """Return a table of the generation.

    Parameters
    ----------
    reader
        Of the base.
    what
        ``"articles"``, ``"stories"``, ``"memberships"`` or ``"neighbours"``; see `COLUMNS`.
    vectors
        Add a column ``vector`` to the articles: float32, a list of fixed size, centred.
    k
        Neighbours of each article, the nearest first, from rank 1.

    Raises
    ------
    InputError
        There is no such table, or vectors are wanted of another than articles.
    NotFoundError
        Nothing is published.
    MissingExtraError
        pyarrow is not installed.
    """
    content = _content(reader, what, vectors, k)
    schema = _schema(content)
    return _arrow().Table.from_batches((_batch(one, schema) for one in content.blocks), schema)


def write_table(
    reader: Reader, path: str | Path, what: What, *, vectors: bool = False, k: int = 10
) -> int:
    """Write a table of the generation to a file; return the number of rows.

    It is written beside and takes its place at once when it is whole; about a thousand rows
    are in memory at a time.

    Parameters
    ----------
    path
        The file, in a folder that is there. ``.parquet``, ``.arrow`` (Arrow's file format,
        which is also Feather's), ``.jsonl`` or ``.csv`` says how it is written. The last is for
        spreadsheets: several values of a cell stand behind each other, and what could be a
        formula has an apostrophe before it.
    reader, what, vectors, k
        As for `to_arrow`.

    Raises
    ------
    InputError
        The name has another ending, or is ``.csv`` and vectors are wanted.
    StorageError
        The file cannot be written. Else raises as `to_arrow`; JSON lines and CSV
        need no pyarrow.
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise InputError(f"expected a file that ends in {', '.join(_WRITERS)}, found {path.name!r}")
    if vectors and write is _write_csv:
        raise InputError("a CSV file holds no vectors; write .parquet, .arrow or .jsonl")
    content = _content(reader, what, vectors, k)
    with storage_errors(path.parent), replaced_file(path) as stream:
        return write(stream, content)


def arrow_of(columns: Mapping[str, str], rows: Sequence[_Row]) -> pa.Table:
    """Return rows as Arrow's table; `columns` say what each holds, as in `COLUMNS`.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    """
    schema = _schema(_Content(columns, 0, iter(())))
    return _arrow().Table.from_batches([_batch(_Block(list(rows)), schema)], schema)


def encoded(ending: str, columns: Mapping[str, str], rows: Sequence[_Row]) -> bytes:
    """Return a file of rows, written as `write_table` writes one with that ending.

    Raises
    ------
    MissingExtraError
        It needs pyarrow, which is not installed.
    """
    stream = BytesIO()
    _WRITERS[ending](stream, _Content(columns, 0, iter([_Block(list(rows))])))
    return stream.getvalue()


def _content(reader: Reader, what: What, vectors: bool, k: int) -> _Content:
    if what not in COLUMNS:
        raise InputError(f"expected a table among {', '.join(COLUMNS)}, got {what!r}")
    if vectors and what != "articles":
        raise InputError(f"only articles have vectors, not {what}")
    match what:
        case "articles":
            blocks = _articles_with_vectors(reader) if vectors else _articles(reader)
        case "neighbours":
            blocks = _neighbours(reader, k)
        case _:
            rows = _stories(reader) if what == "stories" else _memberships(reader)
            blocks = map(_Block, batches(rows, BLOCK_ROWS))
    return _Content(COLUMNS[what], reader.generation.manifest.dim if vectors else 0, blocks)


def _articles(reader: Reader) -> Iterator[_Block]:
    row = _article_row(reader)
    some = batches(iter_articles(reader), BLOCK_ROWS)
    return (_Block([row(article) for article in articles]) for articles in some)


def _articles_with_vectors(reader: Reader) -> Iterator[_Block]:
    row = _article_row(reader)
    for ids, vectors in iter_vectors(reader):
        found = reader.articles(ids)
        # One may have been forgotten between the two.
        there = [place for place, id_ in enumerate(ids) if id_ in found]
        yield _Block([row(found[ids[place]]) for place in there], vectors[there])


def _article_row(reader: Reader) -> Callable[[Article], _Row]:
    story_of = {id_: story.id for story in reader.stories.values() for id_ in story.article_ids}

    def row(article: Article) -> _Row:
        known = article.as_row() | {"story_id": story_of.get(article.id)}
        return {column: known[column] for column in COLUMNS["articles"]}

    return row


def _stories(reader: Reader) -> Iterator[_Row]:
    return (
        {column: getattr(story, column) for column in COLUMNS["stories"]}
        for story in reader.stories.values()
    )


def _memberships(reader: Reader) -> Iterator[_Row]:
    return (
        {"story_id": story.id, "id": id_, "strength": strength}
        for story in reader.stories.values()
        for id_, strength in zip(story.article_ids, story.strengths, strict=True)
    )


def _neighbours(reader: Reader, k: int) -> Iterator[_Block]:
    rows = (
        {"id": id_, "neighbour": other, "rank": rank, "cosine": cosine}
        for id_, near in iter_neighbours(reader, k)
        for rank, (other, cosine) in enumerate(near, start=1)
    )
    return map(_Block, batches(rows, BLOCK_ROWS))


def _write_parquet(stream: IO[bytes], content: _Content) -> int:
    schema = _schema(content)
    from pyarrow import parquet

    with parquet.ParquetWriter(stream, schema) as writer:
        return _write_batches(writer, content, schema)


def _write_arrow(stream: IO[bytes], content: _Content) -> int:
    schema = _schema(content)
    with _arrow().ipc.new_file(stream, schema) as writer:
        return _write_batches(writer, content, schema)


def _write_batches(writer: Any, content: _Content, schema: pa.Schema) -> int:  # noqa: ANN401 - pyarrow's two share no base
    n_rows = 0
    for block in content.blocks:
        writer.write_batch(_batch(block, schema))
        n_rows += len(block.rows)
    return n_rows


def _write_jsonl(stream: IO[bytes], content: _Content) -> int:
    n_rows = 0
    for rows, vectors in content.blocks:
        for place, row in enumerate(rows):
            whole = row if vectors is None else row | {VECTOR: vectors[place]}
            stream.write(json.dumps(as_json(whole), ensure_ascii=False).encode() + b"\n")
        n_rows += len(rows)
    return n_rows


def _write_csv(stream: IO[bytes], content: _Content) -> int:
    stream.write(codecs.BOM_UTF8)  # without it Excel takes the file for Latin letters only
    stream.write(_csv_lines([list(content.columns)]))
    n_rows = 0
    for rows, _ in content.blocks:
        stream.write(_csv_lines([_cell(row[name]) for name in content.columns] for row in rows))
        n_rows += len(rows)
    return n_rows


def _csv_lines(rows: Iterable[Iterable[object]]) -> bytes:
    lines = StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> object:
    """Return what a spreadsheet shows and does not calculate; numbers stay numbers."""
    if isinstance(value, tuple):
        value = "; ".join(map(str, value))
    elif isinstance(value, datetime):
        value = value.isoformat()
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


_WRITERS: Final = {
    ".parquet": _write_parquet,
    ".arrow": _write_arrow,
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
}


def _arrow() -> Any:  # noqa: ANN401 - a module
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError(
            "tables of Arrow and Parquet need one more package: "
            "pip install 'news-story-engine[parquet]'; JSON lines do without"
        ) from error
    return pa


def _schema(content: _Content) -> pa.Schema:
    arrow = _arrow()
    types = {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "number": arrow.float64(),
        "numbers": arrow.list_(arrow.float64()),
        "count": arrow.int32(),
        "time": arrow.timestamp("us", tz="UTC"),
        "flag": arrow.bool_(),
    }
    columns = {name: types[kind] for name, kind in content.columns.items()}
    if content.dim:
        columns[VECTOR] = arrow.list_(arrow.float32(), content.dim)
    return arrow.schema(list(columns.items()))


def _batch(block: _Block, schema: pa.Schema) -> pa.RecordBatch:
    arrow = _arrow()
    if block.vectors is None:
        return arrow.RecordBatch.from_pylist(block.rows, schema)
    columns = [
        arrow.array([row[field.name] for row in block.rows], field.type)
        for field in schema
        if field.name != VECTOR
    ]
    flat = arrow.array(block.vectors.ravel())
    columns.append(arrow.FixedSizeListArray.from_arrays(flat, block.vectors.shape[1]))
    return arrow.RecordBatch.from_arrays(columns, schema=schema)
