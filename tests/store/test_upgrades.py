"""Files of every shape that the tables have had become files of this one."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from engine.store import Corpus, UpsertCounts
from engine.store.upgrades import SCHEMA_VERSION, STEPS
from tests.store.cases import DIM, EARLIER, NAME, article, make_earlier, put


@pytest.fixture
def path(tmp_path):
    """Return a file of two articles, one of them edited, and a vector."""
    with Corpus(tmp_path / NAME, create=True) as corpus:
        put(corpus, article("a"), article("a", title="Corrected"), article("b", raw="\x0braw"))
        hashes, _ = zip(*corpus.embeddings.missing("one"), strict=True)
        with corpus.transaction():
            corpus.embeddings.put("one", hashes, np.full((2, DIM), 0.3, np.float32))
    return tmp_path / NAME


def said(corpus):
    keys, revisions = corpus.articles.revisions()
    vectors = [rows.tolist() for _, rows in corpus.embeddings.blocks("one")]
    return revisions.tolist(), corpus.articles.by_keys(keys.tolist()), vectors


@pytest.mark.parametrize("shape", EARLIER)
def test_every_earlier_shape_opens_and_says_the_same(path, shape):
    with Corpus(path) as corpus:
        before = said(corpus)
    make_earlier(path, shape)
    with Corpus(path) as corpus:
        assert said(corpus) == before
        assert corpus.check() == []
        assert put(corpus, article("a", title="Again"), article("c")) == (
            UpsertCounts(added=1, updated=1)
        )
        assert corpus.history.corrections(1) == []
        assert corpus.furniture.by_source() == {}
        assert corpus.check() == []


@pytest.mark.parametrize("shape", EARLIER)
def test_upgraded_and_new_files_have_the_same_columns(tmp_path, path, shape):
    make_earlier(path, shape)
    Corpus(path).close()
    Corpus(tmp_path / "new.sqlite", create=True).close()
    upgraded, new = (columns(one) for one in (path, tmp_path / "new.sqlite"))
    assert upgraded == new


def columns(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
        return {
            table: sorted(
                (name, kind.upper(), key)
                for _, name, kind, _, _, key in connection.execute(f"PRAGMA table_info({table})")
            )
            for (table,) in tables
        }


def test_earlier_headlines_outlive_an_upgrade(path):
    make_earlier(path, "1")
    with Corpus(path) as corpus:
        assert [title for _, title in corpus.history.headlines([1])[1]] == [article("a").title]


def test_an_altered_version_alone_hides_no_damage(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE articles SET title = 'False' WHERE id = 'a'")
        connection.execute("PRAGMA user_version = 2")
    with Corpus(path) as corpus:
        assert any("article 'a'" in problem for problem in corpus.check(full=False))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE articles SET title = 'False' WHERE id = 'a'", "article 'a'"),
        ("UPDATE articles SET title = CAST(x'ff' AS TEXT) WHERE id = 'a'", "article 'a'"),
        ("DELETE FROM articles WHERE id = 'b'", "1 rows where 2"),
    ],
)
def test_an_upgrade_hides_no_damage(path, statement, told):
    make_earlier(path, "5")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with Corpus(path) as corpus:
        assert any(told in problem for problem in corpus.check())


def test_there_is_a_step_from_each_version_to_the_next():
    assert sorted(STEPS) == list(range(1, SCHEMA_VERSION))


def test_an_upgrade_drops_altered_vectors_and_gives_their_space_back(tmp_path):
    path = tmp_path / NAME
    with Corpus(path, create=True) as corpus:
        put(corpus, *(article(f"a{n}", body=f"Text {n}") for n in range(2000)))
        hashes, _ = zip(*corpus.embeddings.missing("one"), strict=True)
        with corpus.transaction():
            corpus.embeddings.put("one", hashes, np.full((2000, DIM), 0.1, np.float32))
    make_earlier(path, "3, with whole vectors")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE embeddings SET vector = zeroblob(32) WHERE text_hash = ?", hashes[:1]
        )
    with Corpus(path) as corpus:
        assert corpus.check() == []
        assert [digest for digest, _ in corpus.embeddings.missing("one")] == [hashes[0]]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
