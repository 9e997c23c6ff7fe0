"""Articles, files and processes that the tests of the store share."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from engine.domain import Article
from engine.store import Corpus

NAME = "corpus.sqlite"
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


def make_first_version(path):
    """Take from the file at `path` what version 1 did not have."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("ALTER TABLE articles DROP COLUMN author")
        connection.execute("DROP TABLE furniture")
        connection.execute("ALTER TABLE corrections DROP COLUMN undoes")
        connection.execute("ALTER TABLE revisions DROP COLUMN content_hash")
        connection.execute("PRAGMA user_version = 1")
    connection.close()


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
