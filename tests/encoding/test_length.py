from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.encoding import Centring, LengthOffset, fit_centring, fit_length_offset
from engine.encoding.length import LEAST_PAIRS
from engine.errors import DamagedError, InputError

DIM = 32


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def lengths_of(*values):
    return np.array(values, np.int64)


def base_of(n, *, move=0.5, noise=0.3, seed=0):
    """Return titles and texts of `n` articles: a title is its text, moved and blurred."""
    rng = np.random.default_rng(seed)
    direction = unit(rng.normal(size=DIM))
    events = unit(rng.normal(size=(n, DIM)))
    blur = noise * unit(rng.normal(size=(n, DIM)))
    return events + move * direction + blur, events, direction


def learnt(titles, texts, title_lengths, text_lengths):
    offset = fit_length_offset(titles, texts, title_lengths, text_lengths)
    assert offset is not None
    return offset


def test_a_base_learns_the_move_of_its_titles():
    titles, texts, direction = base_of(200)
    offset = learnt(titles, texts, np.full(200, 50), np.full(200, 1000))
    moved = offset.slope * (1 / 50 - 1 / 1000)
    assert np.linalg.norm(moved - 0.5 * direction) < 0.05
    assert offset.usual == pytest.approx(1 / 1000)
    assert offset.most == pytest.approx(1 / 50)


def test_titles_come_to_lie_with_texts_and_texts_stay():
    titles, texts, _ = base_of(200)
    offset = learnt(titles, texts, np.full(200, 50), np.full(200, 1000))
    brought = offset.taken_out(titles, np.full(200, 50))
    assert np.allclose(brought.mean(axis=0), texts.mean(axis=0), atol=0.02)
    assert np.allclose(offset.taken_out(texts, np.full(200, 1000)), texts, atol=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=20, unique=True))
def test_the_shorter_a_text_the_further_it_moves_up_to_a_title(characters):
    offset = LengthOffset(np.ones(1, np.float32), usual=1 / 800, most=1 / 60)
    lengths = lengths_of(*sorted(characters))
    moved = -offset.taken_out(np.zeros((len(lengths), 1)), lengths)[:, 0]
    assert np.all(np.diff(moved) <= 0)
    assert np.all(moved <= 1 / 60 - 1 / 800 + 1e-12)
    assert np.ptp(moved[lengths <= 60]) == 0 if np.any(lengths <= 60) else True


def test_few_articles_do_not_pass_for_a_direction():
    """Where titles differ from texts at random alone, hardly anything is taken out."""
    for n in (LEAST_PAIRS, 5, 40):
        titles, texts, _ = base_of(n, move=0.0, noise=1.0, seed=n)
        offset = learnt(titles, texts, np.full(n, 50), np.full(n, 1000))
        moved = np.linalg.norm(offset.slope) * (1 / 50 - 1 / 1000)
        assert moved < 0.5 * np.linalg.norm((titles - texts).mean(axis=0))


def test_articles_that_are_titles_say_nothing_of_the_move():
    titles, texts, _ = base_of(60)
    long = np.full(60, 1000)
    alone = learnt(titles, texts, np.full(60, 50), long)
    others = base_of(30, seed=1)[0]
    mixed = learnt(
        np.concatenate([titles, others]),
        np.concatenate([texts, others]),
        np.full(90, 50),
        np.concatenate([long, np.full(30, 50)]),
    )
    assert np.allclose(mixed.slope, alone.slope, rtol=1e-5)
    assert mixed.usual > alone.usual


def test_a_base_of_titles_learns_nothing():
    titles, _, _ = base_of(30)
    assert fit_length_offset(titles, titles, np.full(30, 50), np.full(30, 50)) is None
    one_longer = lengths_of(1000, *[50] * 29)
    assert fit_length_offset(titles, titles, np.full(30, 50), one_longer) is None
    none = np.zeros((0, DIM), np.float32)
    assert fit_length_offset(none, none, lengths_of(), lengths_of()) is None


def test_shapes_that_do_not_fit_are_refused():
    titles, texts, _ = base_of(4)
    with pytest.raises(InputError, match="a row and a length"):
        fit_length_offset(titles, texts[:3], np.full(4, 50), np.full(4, 1000))
    with pytest.raises(InputError, match="a row and a length"):
        fit_length_offset(titles, texts, np.full(4, 50), np.full(3, 1000))


def mixed_base(n=300):
    """Return a base of which every other article is a title only, and what is known of it."""
    titles, texts, _ = base_of(n, move=1.0, noise=0.5)
    titles, texts = unit(titles), unit(texts)
    full = np.arange(n) % 2 == 0
    vectors = np.where(full[:, np.newaxis], texts, titles)
    lengths = np.where(full, 1000, 50)
    return titles, texts, vectors, lengths


def test_a_title_finds_the_text_of_its_event_among_other_titles():
    titles, texts, vectors, lengths = mixed_base()
    n = len(vectors)
    offset = learnt(titles, vectors, np.full(n, 50), lengths)
    languages = ["en"] * n
    # What is asked is the other form of each article, and the article itself is its answer.
    asked = np.where((lengths == 50)[:, np.newaxis], texts, titles)
    asked_lengths = np.where(lengths == 50, 1000, 50)

    def hit_rate(length):
        known = None if length is None else lengths
        centring = fit_centring(vectors, languages, length=length, lengths=known)
        stored = centring.apply(vectors, languages, lengths)
        cosines = centring.apply(asked, languages, asked_lengths) @ stored.T
        return (cosines.argmax(axis=1) == np.arange(n)).mean()

    assert hit_rate(offset) > hit_rate(None) + 0.1


def test_means_are_of_what_remains_without_the_length():
    titles, _, vectors, lengths = mixed_base()
    n = len(vectors)
    offset = learnt(titles, vectors, np.full(n, 50), lengths)
    languages = ["en", "nl", "en"] * (n // 3)
    fitted = fit_centring(vectors, languages, length=offset, lengths=lengths)
    brought = offset.taken_out(vectors.astype(np.float64), lengths)
    plain = fit_centring(brought, languages)
    assert np.allclose(fitted.means, plain.means, atol=1e-5)
    assert fitted.length == offset


def test_without_lengths_nothing_is_taken_out():
    titles, _, vectors, lengths = mixed_base()
    offset = learnt(titles, vectors, np.full(len(vectors), 50), lengths)
    with_it = fit_centring(vectors, ["en"] * len(vectors), length=offset, lengths=lengths)
    without = replace(with_it, length=None)
    languages = ["en"] * len(vectors)
    plain = without.apply(vectors, languages, lengths)
    assert np.array_equal(with_it.apply(vectors, languages), plain)
    assert not np.allclose(with_it.apply(vectors, languages, lengths), plain, atol=1e-3)


def test_what_is_stored_comes_back_and_of_earlier_engines_without_a_length():
    titles, _, vectors, lengths = mixed_base()
    offset = learnt(titles, vectors, np.full(len(vectors), 50), lengths)
    centring = fit_centring(vectors, ["en"] * len(vectors), length=offset, lengths=lengths)
    again = Centring.from_bytes(centring.to_bytes())
    assert again.length is not None
    assert np.array_equal(again.length.slope, offset.slope)
    assert (again.length.usual, again.length.most) == (offset.usual, offset.most)
    assert Centring.from_bytes(replace(centring, length=None).to_bytes()).length is None


@pytest.mark.parametrize(
    "slope", [np.ones(DIM + 1, np.float32), np.ones(DIM, np.float64), np.ones((1, DIM), np.float32)]
)
def test_a_slope_of_another_kind_is_damage(slope):
    row = unit(np.ones((1, DIM)))
    centring = Centring(("en",), row, row[0], LengthOffset(slope, 0.001, 0.02))
    with pytest.raises(DamagedError, match="engine rebuild"):
        Centring.from_bytes(centring.to_bytes())
