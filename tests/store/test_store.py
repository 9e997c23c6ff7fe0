"""The corpus file: articles, full text, embedding cache, transactions."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import UNDATED, embedding_text, text_hash
from engine.errors import DamagedError, MismatchError, NotFoundError, StorageError
from engine.store import ArticleFilter, Corpus, UpsertCounts
from engine.store.articles import Articles
from engine.store.checksums import count_anew, let_sum
from engine.store.embeddings import FETCHED_AT_ONCE
from engine.store.full_text import FullText, spaced
from engine.store.rows import ARTICLE_SUM
from engine.store.upgrades import create
from tests.store.cases import NOON, article, put


@pytest.fixture
def corpus(tmp_path):
    with Corpus(tmp_path / "corpus.sqlite", create=True) as opened:
        yield opened


def test_an_article_comes_back_as_it_went_in(corpus):
    stored = article(raw="the\x0braw body", published=None, author="Ada Lovelace")
    put(corpus, stored)
    (key,) = corpus.articles.keys()
    assert corpus.articles.by_keys([key]) == {key: stored}


def test_an_empty_corpus_is_sound(corpus):
    assert corpus.check() == []


def test_keys_of_articles_that_are_gone_are_told(corpus):
    put(corpus, article("a"), article("b", body="Another."))
    there, found = corpus.articles.still_there(np.append(corpus.articles.keys()[::-1], 99))
    assert there.tolist() == [True, True, False]
    assert [one.id for one in found] == ["b", "a"]


def test_keys_are_the_same_whether_they_are_looked_up_or_gone_through(corpus, monkeypatch):
    put(corpus, *(article(f"a{number}", body=f"Text {number}.") for number in range(600)))
    some = [f"a{number}" for number in range(0, 700, 2)]
    found = corpus.articles.keys_of(some)
    assert len(found) == 300
    monkeypatch.setattr("engine.store.articles.LEAST_SCANNED", 10)
    assert corpus.articles.keys_of(some) == found
    statements: list[str] = []
    corpus.articles._connection.set_trace_callback(statements.append)
    corpus.articles.keys_of(some)
    assert sum("WHERE" in statement for statement in statements) == 0
    corpus.articles.keys_of(some[:20])
    assert sum("WHERE" in statement for statement in statements) == 1


def test_upsert_tells_new_changed_and_unchanged_apart(corpus):
    assert put(corpus, article("a"), article("b")) == UpsertCounts(added=2)
    later = NOON.replace(hour=13)
    assert put(corpus, article("a", fetched=later), article("b", body="Corrected.")) == (
        UpsertCounts(updated=1, unchanged=1)
    )
    assert len(corpus.articles) == 2


@pytest.mark.parametrize(
    "change",
    [{"title": "T"}, {"body": "B"}, {"language": "nl"}, {"source": "S"}, {"url": "u"},
     {"published": None}, {"author": "A"}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_field_counts_as_a_change(corpus, change):
    put(corpus, article())
    assert put(corpus, article(**change)) == UpsertCounts(updated=1)


def test_a_changed_article_keeps_its_key_and_loses_its_old_words(corpus):
    put(corpus, article(body="Anvils everywhere."))
    (key,) = corpus.articles.keys()
    put(corpus, article(body="Bridges everywhere."))
    assert corpus.articles.keys_of(["a", "unknown"]) == {"a": key}
    assert not len(corpus.full_text.search("anvils", 5)[0])
    assert list(corpus.full_text.search("bridges", 5)[0]) == [key]


def test_a_failed_transaction_leaves_nothing(corpus):
    def fail():
        yield article()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"), corpus.transaction():
        corpus.articles.upsert(fail())
    assert len(corpus.articles) == 0
    assert not len(corpus.full_text.search("drone", 5)[0])


def test_filters_select_by_time_language_and_source(corpus):
    put(
        corpus,
        article("early", published=datetime(2023, 5, 1, tzinfo=UTC)),
        article("dutch", language="nl"),
        article("other", source="Weekly"),
        article("undated", published=None),
    )

    def ids(**conditions):
        keys = corpus.articles.keys(ArticleFilter(**conditions)).tolist()
        return {found.id for found in corpus.articles.by_keys(keys).values()}

    assert ids() == {"early", "dutch", "other", "undated"}
    assert ids(since=NOON) == {"dutch", "other"}
    assert ids(until=NOON) == {"early"}
    assert ids(languages=("nl", "de")) == {"dutch"}
    assert ids(sources=("Weekly",), since=NOON) == {"other"}


def test_words_are_found_in_any_script(corpus):
    texts = {
        "zh": "俄罗斯士兵向无人机投降",
        "ja": "ドローンに降伏した兵士",
        "ar": "استسلم جندي روسي",
        "uk": "солдат здався дрону",
    }
    put(corpus, *(article(code, title=text, body="") for code, text in texts.items()))
    for code, word in {"zh": "无人机", "ja": "降伏", "ar": "جندي", "uk": "дрону"}.items():
        keys, scores = corpus.full_text.search(word, 5)
        assert [a.id for a in corpus.articles.by_keys(keys.tolist()).values()] == [code]
        assert scores.shape == keys.shape


def test_search_ranks_by_shared_words_and_survives_any_text(corpus):
    put(corpus, article("both", body="drone bridge"), article("one", body="bridge of stone"))
    keys, scores = corpus.full_text.search('drone "bridge" OR (NEAR -- *', 5)
    found = [corpus.articles.by_keys([key])[key].id for key in keys.tolist()]
    assert found == ["both", "one"]
    assert scores[0] > scores[1]
    assert corpus.full_text.search("?!", 5)[0].shape == (0,)


def test_every_character_of_an_unspaced_script_is_spaced():
    unspaced = regex.compile(
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
    )
    signs = unspaced.findall("".join(map(chr, range(0x110000))))
    assert len(signs) > 90_000
    assert [sign for sign in signs if spaced(sign) != f" {sign} "] == []


@settings(deadline=None)
@given(st.text(alphabet="无人机投 降ab", max_size=12))
def test_spacing_keeps_every_character_of_unspaced_scripts(text):
    assert set(spaced(text)) - {" "} == set(text) - {" "}


def test_vectors_are_cached_by_encoder_and_text(corpus):
    put(corpus, article("a"), article("copy"), article("c", body="Another text."))
    missing = corpus.embeddings.missing("one")
    assert len(missing) == 2, "the copy shares its text"
    hashes, keys = zip(*missing, strict=True)
    texts = corpus.embeddings.texts([*keys, 99])
    assert list(texts) == [text_hash(text) for text in texts.values()] == list(hashes)
    assert corpus.embeddings.of_articles([*hashes, b"unknown"]) == set(hashes)
    vectors = np.eye(2, 4, dtype=np.float32)
    with corpus.transaction():
        corpus.embeddings.put("one", hashes, vectors)
    assert corpus.embeddings.missing("one") == []
    assert len(corpus.embeddings.missing("other")) == 2
    ((keys, rows),) = corpus.embeddings.blocks("one")
    assert keys.tolist() == corpus.articles.keys().tolist()
    wanted = dict(zip(hashes, vectors, strict=True))
    for stored, row in zip(corpus.articles.by_keys(keys.tolist()).values(), rows, strict=True):
        digest = text_hash(embedding_text(stored.title, stored.body))
        np.testing.assert_array_equal(row, wanted[digest])
    found = corpus.embeddings.get("one", [*hashes, b"unknown"])
    assert {digest: row.tolist() for digest, row in found.items()} == {
        digest: row.tolist() for digest, row in wanted.items()
    }
    assert corpus.embeddings.get("other", hashes) == {}


def test_vectors_come_in_blocks_of_all_or_of_some_articles(corpus):
    n_articles = FETCHED_AT_ONCE + 1
    put(corpus, *(article(f"a{n}", body=f"Text {n}.") for n in range(n_articles)))
    hashes, _ = zip(*corpus.embeddings.missing("one"), strict=True)
    angles = np.arange(n_articles, dtype=np.float32) / n_articles
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    with corpus.transaction():
        corpus.embeddings.put("one", hashes, vectors)
    blocks = list(corpus.embeddings.blocks("one"))
    assert [len(keys) for keys, _ in blocks] == [FETCHED_AT_ONCE, 1]
    stored = np.vstack([rows for _, rows in blocks]).tolist()
    every = dict(zip(corpus.articles.keys().tolist(), stored, strict=True))
    some = corpus.articles.keys()[[3, 1]].tolist()
    found: dict[int, list[float]] = {}
    for keys, rows in corpus.embeddings.blocks("one", [*some, n_articles + 999]):
        found.update(zip(keys.tolist(), rows.tolist(), strict=True))
    assert found == {key: every[key] for key in some}


def test_a_vector_takes_no_page_of_its_own(corpus):
    put(corpus, *(article(f"a{n}", body=f"Text {n}.") for n in range(300)))
    hashes, _ = zip(*corpus.embeddings.missing("one"), strict=True)
    vectors = np.random.default_rng(0).standard_normal((300, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    before = pages(corpus.path)
    with corpus.transaction():
        corpus.embeddings.put("one", hashes, vectors)
    assert pages(corpus.path) - before < 300 * 1480


def pages(path):
    """Return the bytes of all pages of a file that are in use."""
    with closing(sqlite3.connect(path)) as connection:
        n_pages, n_free, n_bytes = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (n_pages - n_free) * n_bytes


def test_checked_articles_tell_language_time_and_length_in_the_order_asked_for(corpus):
    put(corpus, article("a", body="Now."), article("b", language="nl", published=None, body="Nu!!"))
    keys = corpus.articles.keys()
    languages, published, lengths = corpus.articles.checked(keys[::-1])
    assert languages == ["nl", "en"]
    assert published.tolist() == [UNDATED, int(NOON.timestamp())]
    known = corpus.articles.by_keys(keys.tolist())
    texts = [embedding_text(known[key].title, known[key].body) for key in keys[::-1].tolist()]
    assert lengths.tolist() == [len(text) for text in texts]
    assert corpus.articles.checked(keys[:0])[2].shape == (0,)


# Cleaning leaves no NUL, at which SQLite stops counting.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(1, 60)), max_size=8))
def test_lengths_are_of_the_texts_that_are_embedded(told):
    with (
        TemporaryDirectory() as folder,
        Corpus(Path(folder) / "corpus.sqlite", create=True) as corpus,
    ):
        articles = [
            article(f"a{number}", title=title, body=title[: times % 7] + body * times)
            for number, (title, body, times) in enumerate(told)
        ]
        put(corpus, *articles)
        keys = corpus.articles.keys_of([one.id for one in articles])
        said = {keys[one.id]: len(embedding_text(one.title, one.body)) for one in articles}
        assert corpus.articles.lengths() == said


def test_a_sample_has_no_text_twice_and_stays_as_the_base_grows(corpus):
    put(corpus, *(article(f"a{number}", body=f"Text {number // 2}.") for number in range(40)))
    first = [one.id for one in corpus.articles.sample(8)]
    assert len(first) == 8
    assert len({int(id_[1:]) // 2 for id_ in first}) == 8
    put(corpus, *(article(f"b{number}", body=f"Other {number}.") for number in range(4)))
    assert len(set(first) & {one.id for one in corpus.articles.sample(8)}) >= 4
    assert len(corpus.articles.sample(99)) == 24


def test_times_and_languages_are_by_key(corpus):
    empty = corpus.articles.times()
    assert [len(column) for column in (*empty, corpus.articles.languages_by_key())] == [0] * 4
    before_1970 = datetime(1950, 1, 1, tzinfo=UTC)
    put(corpus, article("a"), article("b", language="nl", published=None))
    put(corpus, article("c", language="sv", published=before_1970))
    keys, published, fetched = corpus.articles.times()
    assert keys.tolist() == corpus.articles.keys().tolist()
    noon = int(NOON.timestamp())
    assert published.tolist() == [noon, UNDATED, int(before_1970.timestamp())]
    said = corpus.articles.by_keys(keys.tolist())
    assert fetched.tolist() == [int(said[key].fetched.timestamp()) for key in keys.tolist()]
    assert corpus.articles.languages_by_key().tolist() == ["en", "nl", "sv"]


@pytest.mark.parametrize(
    "read",
    [
        lambda articles: articles.keys(),
        lambda articles: articles.keys(ArticleFilter(languages=("en",), sources=("Daily",))),
        lambda articles: articles.languages(),
        lambda articles: articles.languages_by_key(),
        lambda articles: articles.times(),
        lambda articles: articles.revisions(),
        lambda articles: articles.counts_by_language(),
        lambda articles: articles.counts_by_source(),
    ],
)
def test_what_is_asked_of_all_articles_is_read_from_an_index(read):
    asked: list[str] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create(connection)
        connection.set_trace_callback(asked.append)
        read(Articles(connection, FullText(connection)))
        connection.set_trace_callback(None)
        (statement,) = asked
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    assert "COVERING INDEX" in plan[0][-1]


def test_a_revision_changes_with_the_article(corpus):
    put(corpus, article("a"), article("b", body="Another text."))
    keys, before = corpus.articles.revisions()
    assert keys.tolist() == corpus.articles.keys().tolist()
    put(corpus, article("a"), article("b", body="An edited text."))
    _, after = corpus.articles.revisions()
    assert (before == after).tolist() == [True, False]


def test_an_edited_article_needs_a_new_vector(corpus):
    put(corpus, article())
    ((digest, _),) = corpus.embeddings.missing("one")
    with corpus.transaction():
        corpus.embeddings.put("one", [digest], np.ones((1, 1), np.float32))
    put(corpus, article(body="Edited."))
    assert len(corpus.embeddings.missing("one")) == 1
    assert list(corpus.embeddings.blocks("one")) == []
    assert list(corpus.embeddings.blocks("unknown")) == []


def test_a_missing_file_is_an_error_that_says_what_to_run(tmp_path):
    with pytest.raises(NotFoundError, match="engine ingest"):
        Corpus(tmp_path / "corpus.sqlite")


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "corpus.sqlite"
    Corpus(path, create=True).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(MismatchError, match="schema 99"):
        Corpus(path)


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "corpus.sqlite"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(DamagedError, match=r"corpus\.sqlite"):
        Corpus(path)


def test_another_text_version_renews_the_hashes(tmp_path):
    path = tmp_path / "corpus.sqlite"
    with Corpus(path, create=True) as corpus:
        put(corpus, article())
        right = corpus.embeddings.missing("one")
    with closing(sqlite3.connect(path)) as connection, connection:
        let_sum(connection)
        connection.execute("UPDATE articles SET text_hash = x'00'")
        connection.execute(f"UPDATE articles SET checksum = {ARTICLE_SUM}")
        connection.execute("UPDATE settings SET value = '0' WHERE name = 'text_version'")
        count_anew(connection)
    connection.close()
    with Corpus(path) as corpus:
        assert corpus.embeddings.missing("one") == right
        assert corpus.check() == []


def test_a_reader_sees_the_last_finished_transaction(tmp_path):
    path = tmp_path / "corpus.sqlite"
    with Corpus(path, create=True) as writer, Corpus(path) as reader:
        put(writer, article("a"))
        with writer.transaction():
            writer.articles.upsert([article("b")])
            assert len(reader.articles) == 1
        assert len(reader.articles) == 2


def test_a_full_disk_is_named_and_loses_nothing(tmp_path):
    with Corpus(tmp_path / "corpus.sqlite", create=True) as corpus:
        put(corpus, article("a"))
        (pages,) = corpus._connection.execute("PRAGMA page_count").fetchone()
        corpus._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageError, match=r"disk is full.*free space.*run this again"):
            put(corpus, *(article(f"b{n}", body="Long text. " * 200) for n in range(50)))
        assert len(corpus.articles) == 1
        corpus._connection.execute("PRAGMA max_page_count = 100000")
        put(corpus, article("b"))
        assert len(corpus.articles) == 2


def test_a_folder_that_cannot_hold_a_corpus_is_named(tmp_path):
    (tmp_path / "corpus.sqlite").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        Corpus(tmp_path / "corpus.sqlite")


def test_an_earlier_version_is_an_old_copy_unless_asked_for(corpus):
    put(corpus, article("a"), article("a", title="Corrected"))
    assert put(corpus, article("a")).unchanged == 1
    assert corpus.articles.by_keys([1])[1].title == "Corrected"
    with corpus.transaction():
        assert corpus.articles.upsert([article("a")], earlier_too=True).updated == 1
