"""Many queries at once have the answers that each has alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import InputError
from engine.jobs.base.setup import Setup
from engine.jobs.querying import search
from engine.jobs.querying.ranking import MODES
from engine.jobs.querying.search import Wanted, find_similar
from engine.store import ArticleFilter
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY

TEXTS = [
    "the stone bridge over the Elm",
    BRIDGE,
    "...",
    "masked robbers and gold coins",
    "nothing that anybody ever wrote of",
    ROBBERY,
]

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one": {"k": 1},
    "all": {"k": 50, "minimum": -1.0},
    "near": {"minimum": 0.4},
    "unfolded": {"fold": False},
    "filtered": {"which": ArticleFilter(sources=("Wire 1", "Wire 2", "Weekly"))},
    "none pass": {"which": ArticleFilter(languages=("nl",))},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    rows = [
        {
            "id": f"{name}{number}",
            "title": f"{text.split(',')[0]} {'Again ' * (number % 3)}{number // 3}",
            "text": f"{text} Report number {number // 3} of several.",
            "source": f"Wire {number % 4}",
            "published_at": f"2023-05-{1 + number % 28:02}T12:00:00Z",
            "language": "en",
        }
        for name, text in {"b": BRIDGE, "r": ROBBERY, "f": "A village festival opened."}.items()
        for number in range(40)
    ]
    with engine.open(tmp_path_factory.mktemp("queries")) as opened:
        opened.ingest(rows)
        opened.rebuild(spec=HASHING)
        opened.cluster()
        yield opened


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("way", WAYS)
def test_together_as_alone(base, way, mode):
    queries = [*TEXTS, base.query(id="b3"), base.query(id="f20"), base.query("May in Oldtown")]
    alone = [base.similar(query, mode=mode, **WAYS[way]) for query in queries]
    assert base.similar_to_each(queries, mode=mode, **WAYS[way]) == alone
    assert alone[2] == []  # marks alone are about nothing
    assert any(alone) or way == "none pass"


def test_more_queries_than_are_read_at_once(base):
    queries = [base.query(id=f"{name}{number}") for name in "brf" for number in range(40)]
    whole = base.similar_to_each(queries, k=40)
    assert len(queries) * 120 > search.HITS_AT_ONCE
    assert whole == [base.similar(query, k=40) for query in queries]


def test_no_queries_have_no_answers(base):
    assert base.similar_to_each([]) == []
    assert find_similar(base.reader, [], Wanted()) == []


def test_texts_are_encoded_in_one_call(base):
    class Counting:
        def __init__(self, encoder):
            self.fingerprint, self.dim, self.calls = encoder.fingerprint, encoder.dim, 0
            self._encoder = encoder

        def encode(self, texts):
            self.calls += 1
            return self._encoder.encode(texts)

    vectors = np.concatenate([vectors for _, vectors in base.iter_vectors()])
    counting = Counting(base.reader.encoder)
    with engine.open(base.layout.root.parent / "own", encoder=counting) as own:
        own.ingest(base.to_arrow("articles"))
        ids = [article.id for article in own.reader.corpus.articles.by_keys(range(1, 121)).values()]
        own.add_vectors(ids, vectors, fingerprint=counting.fingerprint)
        own.rebuild()
        counting.calls = 0
        own.similar_to_each(TEXTS)
        assert counting.calls == 1


def test_an_empty_text_is_refused_among_others(base):
    with pytest.raises(InputError, match="the text is empty"):
        base.similar_to_each(["a bridge", "  "])


@pytest.mark.slow
def test_the_built_in_encoder_finds_the_same_first(tmp_path):
    """It encodes many texts in another way than one, with vectors that are nearly the same."""
    with engine.open(tmp_path) as base:
        base.ingest(Path(engine.__file__).parent / "sample")
        base.rebuild()
        titles = [article.title for article in base.iter_articles()][::4]
        assert len(titles) >= 32
        together = base.similar_to_each(titles, k=1)
        for title, (hit,) in zip(titles, together, strict=True):
            (alone,) = base.similar(title, k=1)
            assert alone.article == hit.article
            # Vectors whose cosine is .999 are 2.6 degrees apart, which is .045 of any cosine.
            assert alone.cosine == pytest.approx(hit.cosine, abs=0.045)


def test_many_questions_are_encoded_as_articles_are():
    spec, texts = EncoderSpec(), ["A bridge fell"]
    asked = Setup(many_questions=True).asking_encoder(spec).encode(texts)
    assert np.array_equal(asked, Setup().open_encoder(spec, storing=True).encode(texts))
    assert not np.array_equal(asked, Setup().asking_encoder(spec).encode(texts))
