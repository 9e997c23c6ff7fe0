"""Nothing that is altered in the corpus file goes unseen, and what can be is made again."""

import random
import re
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from engine.errors import DamagedError, EngineError
from engine.store import Corpus
from engine.store.embeddings import DamagedVectorsError
from tests.store.cases import CHANGED_KEYS, NAME, article, contents, put

N_FLIPS = 60

ALTERATIONS = {
    "a title": "UPDATE articles SET title = title || '!' WHERE key = 3",
    "a body": "UPDATE articles SET body = 'Nothing.' WHERE key = 3",
    "the raw text": "UPDATE articles SET raw = x'00' WHERE key = 3",
    "a time": "UPDATE articles SET published = published + 1 WHERE key = 3",
    "the time of reading": "UPDATE articles SET fetched = 0 WHERE key = 3",
    "a language": "UPDATE articles SET language = 'nl' WHERE key = 3",
    "an address": "UPDATE articles SET url = 'https://elsewhere.example' WHERE key = 3",
    "an author": "UPDATE articles SET author = 'Nobody' WHERE key = 3",
    "a title that is no text": "UPDATE articles SET title = CAST(x'ff' AS TEXT) WHERE key = 3",
    "two articles that changed keys": CHANGED_KEYS.format(3, 5),
    "a checksum": "UPDATE articles SET checksum = 1 WHERE key = 3",
    "an article that is gone": "DELETE FROM articles WHERE key = 3",
    "a vector": "UPDATE embeddings SET vector = zeroblob(length(vector))",
    "a vector under another text": "UPDATE embeddings SET text_hash = x'00' WHERE rowid = 1"
    .replace("rowid = 1", "text_hash = (SELECT text_hash FROM articles WHERE key = 3)"),
    "a vector that is gone": "DELETE FROM embeddings WHERE text_hash ="
    " (SELECT text_hash FROM articles WHERE key = 3)",
    "a fingerprint": "UPDATE encoders SET fingerprint = 'two'",
    "a setting": "UPDATE settings SET value = 'another' WHERE name = 'cleaner'",
    "a line that is cut": "DELETE FROM furniture",
    "a revision that is gone": "DELETE FROM revisions",
    "an article that was forgotten": "DELETE FROM forgotten",
    "the words of an article": "INSERT INTO full_text (rowid, title, body) VALUES (99, 'a', 'b')",
    "all words": "INSERT INTO full_text (full_text) VALUES ('delete-all')",
    "a length in words": "UPDATE full_text_docsize SET sz = x'0909' WHERE id = 3",
}  # fmt: skip


def build(path):
    """Make a file with something in every table but those of the ledger; return its texts."""
    texts = [
        article(f"a{n}", title=f"Title {n}", body=f"Text {n} " + "of many words " * n, raw="\x0b")
        for n in range(40)
    ]
    with Corpus(path, create=True) as corpus:
        put(corpus, *texts)
        put(corpus, article("a1", title="Corrected"))
        hashes, _ = zip(*corpus.embeddings.missing("one"), strict=True)
        vectors = np.random.default_rng(0).normal(size=(len(hashes), 16)).astype(np.float32)
        with corpus.transaction():
            corpus.embeddings.put("one", hashes, vectors)
            corpus.set_cleaner("a cleaner")
            corpus.furniture.add("Daily", ["Read more"])
            corpus.forgotten.add([40])
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return texts


@pytest.fixture
def path(tmp_path):
    build(tmp_path / NAME)
    return tmp_path / NAME


def alter(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statement)


def test_a_sound_file_has_no_damage(path):
    with Corpus(path, read_only=True) as corpus:
        assert corpus.check(full=False) == corpus.check(full=True) == []


@pytest.mark.parametrize("what", ALTERATIONS)
def test_every_alteration_is_seen(path, what):
    alter(path, ALTERATIONS[what])
    with Corpus(path, read_only=True) as corpus:
        problems = corpus.check(full=True)
    assert problems
    assert all(re.search("run 'engine (ingest|rebuild|import)", each) for each in problems)


def test_an_altered_article_is_named_wherever_it_is_read(path):
    alter(path, ALTERATIONS["a title"])
    with Corpus(path) as corpus:
        assert any("article 'a2' (Daily)" in each for each in corpus.check(full=False))
        for read in (corpus.articles.by_keys, corpus.embeddings.texts):
            with pytest.raises(DamagedError, match=r"article 'a2' \(Daily\).*engine ingest"):
                read([3])
        assert corpus.articles.by_keys([4])[4].id == "a3"


def test_articles_that_changed_keys_are_told_and_not_mended_where_they_are(tmp_path):
    path = tmp_path / NAME
    texts = build(path)
    alter(path, ALTERATIONS["two articles that changed keys"])
    with Corpus(path) as corpus:
        for key, id_ in ((3, "a4"), (5, "a2")):
            with pytest.raises(DamagedError, match=rf"article '{id_}'.*place.*engine import"):
                corpus.articles.by_keys([key])
        with pytest.raises(DamagedError, match="engine import"):
            put(corpus, texts[2])


@pytest.mark.parametrize("what", [each for each in ALTERATIONS if "article" not in each][:9])
def test_an_altered_article_is_read_again_from_its_input(tmp_path, what):
    path = tmp_path / NAME
    texts = build(path)
    with Corpus(path) as corpus:
        before = corpus.articles.revisions()[1].tolist()
    alter(path, ALTERATIONS[what])
    with Corpus(path) as corpus:
        assert put(corpus, texts[2]).updated == 1
        assert corpus.articles.by_keys([3]) == {3: texts[2]}
        assert corpus.articles.revisions()[1].tolist() == before
        with corpus.transaction():
            corpus.mend()
        assert corpus.check(full=True) == []


def test_an_altered_vector_is_never_read_and_dropped_when_mended(path):
    alter(path, ALTERATIONS["a vector"])
    with Corpus(path) as corpus:
        hashes = list(corpus.embeddings.texts(corpus.articles.keys().tolist()))
        assert corpus.embeddings.get("one", hashes) == {}
        with pytest.raises(DamagedVectorsError, match="rebuild --mend"):
            list(corpus.embeddings.blocks("one"))
        with corpus.transaction():
            assert corpus.mend() == len(hashes)
        assert corpus.check(full=True) == []
        assert len(corpus.embeddings.missing("one")) == len(hashes)


@pytest.mark.parametrize("what", [each for each in ALTERATIONS if "word" in each])
def test_the_words_are_made_again(path, what):
    alter(path, ALTERATIONS[what])
    with Corpus(path) as corpus:
        with corpus.transaction():
            corpus.mend()
        assert corpus.check(full=True) == []
        assert corpus.full_text.search("title 2", 1)[0].tolist() == [3]


def see(path):
    """Return whether the damage is told, by opening or by a check."""
    try:
        with Corpus(path, read_only=True) as corpus:
            return bool(corpus.check(full=True))
    except EngineError as error:
        return bool(re.search("run 'engine|upgrade the engine|restore it", str(error)))


def flip(path, sound, wanted, randoms):
    """Flip 16 bytes somewhere; return whether it is seen, or alters nothing that can be read."""
    harmed = bytearray(sound)
    start = randoms.randrange(len(sound) - 16)
    for place in range(start, start + 16):
        harmed[place] ^= randoms.randrange(1, 256)
    for left in path.parent.glob(f"{NAME}*"):
        left.unlink()
    path.write_bytes(harmed)
    return see(path) or contents(path) == wanted


@pytest.mark.parametrize("n", [N_FLIPS, pytest.param(1000, marks=pytest.mark.slow)])
def test_bytes_flipped_anywhere_are_seen_or_alter_nothing(path, n):
    sound, wanted = path.read_bytes(), contents(path)
    randoms = random.Random(n)
    unseen = [number for number in range(n) if not flip(path, sound, wanted, randoms)]
    assert unseen == []
