"""Vectors that do not say what texts do hold the stories of a night back."""

import json
from datetime import UTC, datetime, timedelta
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.domain import Article, Keys, Rows
from engine.encoding import HashingEncoder
from engine.jobs.base.scope import Scope
from engine.jobs.nights.selfcheck import MOST_BY_CHANCE
from engine.jobs.nights.vector_check import LEAST_JUDGED, Shared, shared_words
from engine.same_event.window import article_window
from tests.jobs.night_cases import HASHING, WORDS

N_TOPICS = 60


def articles(n_articles, *, languages=("en",), seed=0):
    """Return articles on topics, an hour apart, each in one of `languages`."""
    random = np.random.default_rng(seed)
    topics = [random.permutation(WORDS)[:20] for _ in range(N_TOPICS)]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Article(
            f"a{number}",
            " ".join(random.permutation(topics[number % N_TOPICS])[:8]),
            " ".join(random.permutation(topics[number % N_TOPICS])[:12]),
            languages[number // N_TOPICS % len(languages)],
            "",
            "",
            start + timedelta(hours=number),
            start + timedelta(days=400),
        )
        for number in range(n_articles)
    ]


def scope(n_articles=600, n_new=200, *, break_=lambda vectors, new: vectors, **given):
    """Return what a night clusters, of which the last `n_new` are new, with vectors as broken."""
    found = articles(n_articles, **given)
    vectors = HashingEncoder().encode([f"{a.title} {a.body}" for a in found])
    new = np.arange(n_articles) >= n_articles - n_new
    every = np.ones(n_articles, np.bool_)
    view = article_window(found, break_(vectors, new))
    return Scope(Keys(np.arange(n_articles)), found, view, every, every, new)


def asked(some):
    """Return what a window without copies shares."""
    return shared_words(some, Rows(np.arange(len(some.articles))))


def noise(vectors, _new):
    found = np.random.default_rng(1).normal(size=vectors.shape)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def shuffled(vectors, _new):
    return vectors[np.random.default_rng(1).permutation(len(vectors))]


def alike(vectors, _new):
    return np.repeat(vectors[:1], len(vectors), axis=0)


def turned(vectors, new):
    """Turn the new ones alone, which stay as near to each other as they were."""
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(vectors.shape[1],) * 2))[0]
    return np.where(new[:, None], vectors @ turn.astype(np.float32), vectors)


@pytest.mark.parametrize("n_new", [600, 300, 120, 30])
@pytest.mark.parametrize("languages", [("en",), ("en", "nl", "de")])
def test_vectors_of_their_texts_share_words_with_their_nearest(n_new, languages):
    found = asked(scope(n_new=n_new, languages=languages))
    assert found.n_told >= LEAST_JUDGED
    assert found.chance < 1e-9
    assert found.share > 0.8


@pytest.mark.parametrize("n_new", [600, 300, 120])
@pytest.mark.parametrize("break_", [noise, shuffled, alike])
def test_broken_vectors_share_no_more_than_chance(break_, n_new):
    found = asked(scope(n_new=n_new, break_=break_))
    assert found.n_told >= LEAST_JUDGED
    assert found.chance > MOST_BY_CHANCE


def test_new_vectors_that_do_not_meet_the_earlier_ones_are_found():
    assert asked(scope(n_new=200, break_=turned)).chance > MOST_BY_CHANCE


def test_what_vectors_say_of_languages_alone_is_chance():
    def by_language(vectors, _new):
        languages = np.arange(len(vectors)) // N_TOPICS % 2
        return (noise(vectors, _new) * 0.3 + vectors[languages]).astype(np.float32)

    found = asked(scope(break_=by_language, languages=("en", "nl")))
    assert found.chance > MOST_BY_CHANCE


def test_new_articles_are_asked_and_as_many_before_as_it_takes():
    new = scope(n_new=250)
    found = asked(new)
    assert set(found.dubious.tolist()) >= set(np.flatnonzero(new.new).tolist())
    assert not new.new[found.earlier].any()
    assert found.n_told <= 250
    few = asked(scope(n_new=10))
    assert few.n_told == LEAST_JUDGED


def test_the_article_with_the_wrong_vector_is_the_most_dubious():
    def exchange(vectors, _new):
        found = vectors.copy()
        found[[590, 591]] = vectors[[591, 590]]
        return found

    assert set(asked(scope(break_=exchange)).dubious[:2].tolist()) == {590, 591}


@pytest.mark.parametrize("n_articles", [0, 1, 2, 3])
def test_small_windows_tell_nothing(n_articles):
    found = asked(scope(n_articles=n_articles, n_new=n_articles))
    assert found.n_told < LEAST_JUDGED
    assert 0 <= found.share <= 1


def test_copies_of_one_text_are_one_witness():
    usual = scope(n_new=200)
    rows = Rows(np.concatenate([np.arange(600), np.full(400, 450)]))
    flood = Scope(
        Keys(np.arange(1000)),
        [usual.articles[row] for row in rows.tolist()],
        usual.view.take(rows),
        *(np.ones(1000, np.bool_),) * 2,
        np.arange(1000) >= 400,
    )
    found, expected = shared_words(flood, rows), asked(usual)
    assert (found.n_more, found.n_less) == (expected.n_more, expected.n_less)
    assert shared_words(flood, Rows(np.arange(1000))).n_told > found.n_told


@given(st.integers(0, 60), st.integers(0, 60))
def test_chance_is_that_of_a_sign_test(n_more, n_less):
    n_told = n_more + n_less
    expected = sum(comb(n_told, k) * 0.5**n_told for k in range(n_more, n_told + 1))
    assert Shared(n_more, n_less).chance == pytest.approx(expected)


# A night with a base's own vectors


def feed(path, some):
    path.write_text("\n".join(json.dumps(a.as_row(), default=str) for a in some) + "\n")
    return path


@pytest.mark.parametrize("exchanged", [False, True])
def test_vectors_of_other_texts_hold_a_night(tmp_path, exchanged):
    some = articles(240)
    with engine.open(tmp_path / "base") as base:
        base.nightly([feed(tmp_path / "first.jsonl", some[:200])], spec=HASHING)
        base.ingest([feed(tmp_path / "next.jsonl", some[200:])])
        texts = [f"{a.title}\n{a.body}" for a in some[200:]]
        vectors = HashingEncoder().encode(texts)
        if exchanged:
            vectors = np.roll(vectors, 1, axis=0)
        fingerprint = HashingEncoder().fingerprint
        base.add_vectors([a.id for a in some[200:]], vectors, fingerprint=fingerprint)
        night = base.nightly()
    assert night.outcome == ("held" if exchanged else "published")
    assert any("encoded again" in reason for reason in night.reasons) == exchanged
    assert night.facts.astray == pytest.approx(4 / 6 if exchanged else 0, abs=1e-4)


def test_vectors_made_elsewhere_are_believed_where_one_says_so(tmp_path):
    some = articles(40)
    with engine.open(tmp_path / "base") as base:
        base.ingest([feed(tmp_path / "first.jsonl", some)])
        vectors = noise(np.ones((40, 256)), None)
        fingerprint = HashingEncoder().fingerprint
        base.add_vectors([a.id for a in some], vectors, fingerprint=fingerprint)
        assert base.nightly(spec=HASHING).outcome == "held"
        night = base.nightly(check_vectors=False)
    assert (night.outcome, night.facts.astray) == ("published", 0)


class Given(HashingEncoder):
    """An encoder of one's own, whose base has vectors from elsewhere."""

    fingerprint = "given"


def test_an_encoder_of_one_s_own_is_not_asked_again(tmp_path):
    some, own = articles(20), Given()
    with engine.open(tmp_path / "base", encoder=own) as base:
        base.nightly([feed(tmp_path / "first.jsonl", some[:10])])
        base.ingest([feed(tmp_path / "next.jsonl", some[10:])])
        base.add_vectors(
            [a.id for a in some[10:]], noise(np.ones((10, 256)), 0), fingerprint="given"
        )
        night = base.nightly()
    assert (night.outcome, night.facts.astray) == ("published", 0)
