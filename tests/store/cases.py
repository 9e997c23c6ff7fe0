"""Articles, files and processes that the tests of the store share."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from engine.domain import Article
from engine.store import Corpus
from engine.store.checksums import count_anew, let_sum
from engine.store.packing import unpacked
from engine.store.rows import STORED, VECTOR_SUM

NAME = "corpus.sqlite"
DIM = 8
"""Of the vectors in a file that is made earlier."""

NOON = datetime(2023, 5, 10, 12, tzinfo=UTC)


def article(id_="a", title="Soldier surrenders", body="A drone watched.", **changes):
    values: dict[str, Any] = {
        "language": "en",
        "source": "Daily",
        "url": "",
        "published": NOON,
        "fetched": NOON,
    } | changes
    return Article(id=id_, title=title, body=body, **values)


def put(corpus, *articles):
    with corpus.transaction():
        return corpus.articles.upsert(articles)


CHANGED_KEYS = (
    "UPDATE articles SET key = -key WHERE key IN ({0}, {1});"
    "UPDATE articles SET key = {0} + {1} + key WHERE key < 0"
)
"""Lets the articles of two keys change places."""

EARLIER = {
    "5": (
        5,
        f"UPDATE articles SET checksum = row_sum({STORED})",
        lambda connection: count_anew(connection, ("articles",)),
    ),
    "4": (4, "DROP TABLE stages"),
    "3, with whole vectors": (
        3,
        "DROP INDEX articles_by_published",
        "CREATE INDEX articles_by_published ON articles (published)",
        "ALTER TABLE embeddings RENAME TO halves",
        """CREATE TABLE embeddings (encoder INTEGER NOT NULL REFERENCES encoders (encoder),
            text_hash BLOB NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (encoder, text_hash)) WITHOUT ROWID""",
        "INSERT INTO embeddings SELECT encoder, text_hash, whole(vector), 0 FROM halves",
        f"UPDATE embeddings SET checksum = {VECTOR_SUM}",
        "DROP TABLE halves",
    ),
    "2, with checksums to come": (
        2,
        "DROP TABLE tallies",
        "ALTER TABLE embeddings DROP COLUMN checksum",
        "ALTER TABLE articles DROP COLUMN checksum",
    ),
    "2, with furniture to come": (2, "DROP TABLE furniture"),
    "2, with authors to come": (2, "ALTER TABLE articles DROP COLUMN author"),
    "1": (
        1,
        "ALTER TABLE corrections DROP COLUMN undoes",
        "ALTER TABLE revisions DROP COLUMN content_hash",
    ),
    "1, with settling to come": (1, "ALTER TABLE memberships DROP COLUMN since"),
    "1, with the ledger to come": (
        1,
        *(
            f"DROP TABLE {table}"
            for table in ("events", "moves", "corrections", "runs", "ledger_head", "stories",
                          "memberships", "revisions", "forgotten")
        ),
    ),
}  # fmt: skip
"""Every shape that the tables have had, newest first: what takes each from the one after it."""


def make_earlier(path, shape):
    """Take from the file at `path` what it did not have in a shape of `EARLIER`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        let_sum(connection)
        connection.create_function("whole", 1, _whole)
        for name, (version, *steps) in EARLIER.items():
            for step in steps:
                step(connection) if callable(step) else connection.execute(str(step))
            connection.execute(f"PRAGMA user_version = {version}")
            if name == shape:
                break


def _whole(vector):
    return unpacked([vector], DIM)[0].tobytes()


def make(folder):
    """Return the path of a corpus of one article that nobody has open."""
    path = folder / NAME
    with Corpus(path, create=True) as corpus:
        put(corpus, article("a"))
    return path


def ids(corpus):
    found = corpus.articles.by_keys(corpus.articles.keys().tolist())
    return [one.id for one in found.values()]


def names(path):
    """Return the names of all files in the folder of `path`."""
    return sorted(one.name for one in path.parent.iterdir())


def other_process(**options):
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), **options)


def contents(path):
    """Return all that can be read of the file: its rows and the words of every article."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.v USING fts5vocab (main, full_text, instance)"
        )
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in (*(each for (each,) in tables if "full_text" not in each), "v")
        }
