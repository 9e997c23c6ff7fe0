"""Stored articles and questions are centred by the length of their texts, and grow by the same."""

import json

import numpy as np
import pytest

import engine
from engine.domain import EncoderSpec, embedding_text
from engine.encoding import Centring, HashingEncoder

HASHING = EncoderSpec("hashing", precision="float32")
N = 700
SAID = "the spokesperson told reporters on Monday that nobody knew yet what it would cost"
"""What every long text says and no title does."""


def lines(numbers):
    made = []
    for number in numbers:
        title = f"mayor{number} opens bridge{number} over river{number}"
        body = f"{title}. {SAID}. crowd{number} came." if number % 3 else ""
        values = {"id": f"a{number}", "title": title, "text": body, "language": "en"}
        made.append(json.dumps(values) + "\n")
    return "".join(made)


def take_in(base, tmp_path, numbers):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(lines(numbers))
    base.ingest([feed])
    base.rebuild(spec=HASHING)


@pytest.fixture(params=["flat", "ivf-pq"])
def base(request, tmp_path):
    with engine.open(tmp_path / "base", index_kind=request.param) as opened:
        take_in(opened, tmp_path, range(N))
        yield opened


def expected(base, texts, languages):
    """Return what the stored centring makes of texts."""
    centring = Centring.from_bytes(base.reader.generation.centring)
    lengths = np.array([len(text) for text in texts], np.int64)
    raw = HashingEncoder().encode(texts)
    assert centring.length is not None
    assert not np.allclose(
        centring.apply(raw, languages, lengths), centring.apply(raw, languages), atol=1e-3
    )
    return centring.apply(raw, languages, lengths)


def stored(base, ids):
    keys = base.reader.corpus.articles.keys_of(ids)
    articles = base.reader.corpus.articles.by_ids(ids)
    rows = base.reader.generation.rows_of(np.array([keys[id_] for id_ in ids]))
    texts = [embedding_text(articles[id_].title, articles[id_].body) for id_ in ids]
    return np.asarray(base.reader.generation.vectors(rows)), texts


def test_articles_are_stored_without_their_length(base, tmp_path):
    ids = [f"a{number}" for number in (0, 1, 2, 3, N - 1)]
    vectors, texts = stored(base, ids)
    np.testing.assert_allclose(vectors, expected(base, texts, ["en"] * 5), atol=2e-3)
    take_in(base, tmp_path, range(N, N + 9))
    ids = ["a0", f"a{N}", f"a{N + 1}"]
    vectors, texts = stored(base, ids)
    np.testing.assert_allclose(vectors, expected(base, texts, ["en"] * 3), atol=2e-3)
    assert base.verify() == []


def test_a_question_is_asked_without_its_length(base):
    title = "mayor7 opens bridge7 over river7"
    query = base.query(title)
    said = expected(base, [title], [query.article.language])
    np.testing.assert_allclose(query.vector, said, atol=1e-5)


def test_titles_are_encoded_once(tmp_path):
    class Counting(HashingEncoder):
        n_encoded = 0

        def encode(self, texts):
            self.n_encoded += len(texts)
            return super().encode(texts)

    encoder = Counting()
    with engine.open(tmp_path / "base", encoder=encoder) as opened:
        (tmp_path / "feed.jsonl").write_text(lines(range(40)))
        opened.ingest([tmp_path / "feed.jsonl"])
        opened.rebuild()
        before = encoder.n_encoded
        opened.rebuild()
        assert encoder.n_encoded == before
