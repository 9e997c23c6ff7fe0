"""Batches of articles: the same is stored as of one article after the other, in fewer writes."""

from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.store import Corpus
from engine.store.checksums import INSERTED_IN_BULK
from tests.store.cases import article, put

VERSIONS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(("anvils", "bridges", "canals"))),
    max_size=14,
)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """Give a function that makes two empty corpora, which are closed afterwards."""
    with ExitStack() as opened:
        yield lambda: [
            opened.enter_context(Corpus(tmp_path_factory.mktemp("c") / "c.sqlite", create=True))
            for _ in range(2)
        ]


def content(corpus):
    found = corpus.articles.by_keys(corpus.articles.keys().tolist())
    words = [corpus.full_text.search(word, 9) for word in ("anvils", "bridges", "canals")]
    return found, [(keys.tolist(), scores.tolist()) for keys, scores in words]


@settings(deadline=None, max_examples=40)
@given(before=VERSIONS, batch=VERSIONS)
def test_a_batch_stores_what_its_articles_store_one_by_one(corpora, before, batch):
    whole, apart = corpora()
    for corpus in (whole, apart):
        put(corpus, *(article(id_, body=body) for id_, body in before))
    articles = [article(id_, title=f"On {body}", body=body) for id_, body in batch]
    put(whole, article("z"), *articles)
    for one in (article("z"), *articles):
        put(apart, one)
    assert content(whole) == content(apart)
    assert whole.state() == apart.state()
    assert whole.check() == apart.check() == []


def test_a_batch_of_edits_writes_the_words_once(corpora):
    corpus, _ = corpora()
    put(corpus, *(article(str(n), body=f"The {n}th report.") for n in range(60)))
    before = corpus._connection.total_changes
    put(corpus, *(article(str(n), body=f"The {n}th report, edited.") for n in range(60)))
    assert corpus._connection.total_changes - before < 10 * 60  # one by one it was 14 each


@pytest.mark.parametrize("table", sorted(INSERTED_IN_BULK))
def test_no_trigger_runs_for_what_is_inserted_by_the_thousand(corpora, table):
    corpus, _ = corpora()
    query = "SELECT name FROM sqlite_temp_schema WHERE type = 'trigger' AND tbl_name = ?"
    names = {name for (name,) in corpus._connection.execute(query, (table,))}
    assert names == {f"tally_{table}_DELETE", f"tally_{table}_UPDATE"}


def test_an_altered_article_among_edits_has_all_words_made_anew(corpora):
    corpus, _ = corpora()
    put(corpus, *(article(id_, body="The anvils.") for id_ in "abc"))
    corpus._connection.execute("UPDATE articles SET body = 'The canals.' WHERE id = 'b'")
    put(corpus, *(article(id_, body="The bridges.") for id_ in "abc"))
    assert corpus.check() == []
    assert len(corpus.full_text.search("bridges", 9)[0]) == 3


def test_vectors_are_counted_however_they_come(corpora):
    corpus, other = corpora()
    put(corpus, *(article(id_, body=id_) for id_ in "abc"))
    hashes = list(corpus.embeddings.hashes_of("abc").values())
    vectors = np.eye(3, 8, dtype=np.float32)
    for first in (vectors, np.roll(vectors, 1)):  # the second time in their place
        with corpus.transaction():
            corpus.embeddings.put("f", hashes, first)
    other.embeddings.adopt(corpus.path)
    other.embeddings.adopt(corpus.path)
    put(other, article("d"))
    for each in (corpus, other):
        assert each.check() == []
        found = each.embeddings.get("f", hashes)
        assert np.array_equal([found[digest] for digest in hashes], np.roll(vectors, 1))
