"""Comparing the word index with the articles that it was made of."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

from engine.errors import DamagedError
from engine.store.full_text import FULL_TEXT, WORDS, FullText

ARTICLES_AT_ONCE = 2000
SHADOWS = ("data", "idx", "docsize", "config")
"""Tables in which FTS5 keeps its index."""

_MAKE_ANEW = "run 'engine rebuild --mend' to make the word index anew"


def damaged_words(connection: sqlite3.Connection) -> Iterator[str]:
    """Tell where the word index does not hold the words of the articles.

    Takes about as long as making it anew, which is done here, some articles at a time.
    """
    try:
        with closing(_empty("")) as stored:
            _copy(connection, stored)
            entries, sizes = _entries(stored), _sizes(stored)
            sums = map(sum, zip((0, 0), *sizes.values(), strict=True))
            whole = _averages(stored) == [len(sizes), *sums]
            plain = _config(stored)
    except (DamagedError, sqlite3.DatabaseError) as error:
        yield f"the word index cannot be read through ({error}); {_MAKE_ANEW}"
        return
    n_wrong = 0
    rows = connection.execute(f"SELECT {WORDS} FROM articles ORDER BY key")  # noqa: S608 - constants
    while block := rows.fetchmany(ARTICLES_AT_ONCE):
        with closing(_empty(":memory:")) as made:
            FullText(made).add(block)
            wanted, long = _entries(made), _sizes(made)
            whole = whole and plain == _config(made)
        for key, *_ in block:
            same = entries.pop(key, 0) == wanted.get(key, 0)
            n_wrong += not (sizes.pop(key, None) == long[key] and same)
    if n_wrong or entries or sizes:
        yield (
            f"the words of {n_wrong + len({*entries, *sizes})} articles are not indexed as "
            f"they are written; {_MAKE_ANEW}"
        )
    elif not whole:
        yield f"the sums of the word index are not as they were written; {_MAKE_ANEW}"


def _empty(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(FULL_TEXT)
    connection.execute(
        "CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, full_text, instance)"
    )
    return connection


def _copy(connection: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Copy the word index to an empty one, for FTS5 checks itself only by a write."""
    copy.execute("BEGIN")
    for shadow in SHADOWS:
        copy.execute(f"DELETE FROM full_text_{shadow}")  # noqa: S608 - constants
        rows = connection.execute(f"SELECT * FROM full_text_{shadow}")  # noqa: S608 - constants
        marks = ", ".join("?" * len(rows.description))
        copy.executemany(f"INSERT INTO full_text_{shadow} VALUES ({marks})", rows)  # noqa: S608 - constants
    copy.execute("COMMIT")
    copy.execute("INSERT INTO full_text (full_text) VALUES ('integrity-check')")


def _entries(connection: sqlite3.Connection) -> dict[int, int]:
    """Return a sum over the places of all words, by article."""
    sums: dict[int, int] = defaultdict(int)
    for term, key, column, place in connection.execute("SELECT * FROM words"):
        sums[key] += hash((term, column, place))
    return dict(sums)


def _sizes(connection: sqlite3.Connection) -> dict[int, list[int]]:
    """Return the number of words in title and body, by article."""
    rows = connection.execute("SELECT id, sz FROM full_text_docsize")
    return {key: _numbers(size) for key, size in rows}


def _averages(connection: sqlite3.Connection) -> list[int]:
    """Return the numbers of articles, of words in titles and of words in bodies."""
    (block,) = connection.execute("SELECT block FROM full_text_data WHERE id = 1").fetchone()
    return _numbers(block) or [0, 0, 0]  # nothing is written before the first article


def _config(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT k, v FROM full_text_config ORDER BY k").fetchall()


def _numbers(data: bytes) -> list[int]:
    """Return SQLite's varints: 7 bits a byte, high ones first; the last byte is below 128."""
    found, number = [], 0
    for byte in data:
        number = number << 7 | byte & 127
        if byte < 128:
            found.append(number)
            number = 0
    return found
