"""Answers that are brought up to date are those of a search of everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Neighbours, Rows
from engine.index.exact import ExactIndex, nothing_found
from engine.index.renewal import renewed

K, WANTED, DIM = 8, 5, 12


def vectors_of(numbers):
    """Return unit rows, always the same one for a number."""
    rows = [np.random.default_rng(number).standard_normal(DIM) for number in numbers]
    vectors = np.array(rows, np.float32).reshape(-1, DIM)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def left_of(found, before, now):
    """Return the answers for `before` as answers for `now`, without what is gone."""
    known = nothing_found(len(now), K)
    place = {number: row for row, number in enumerate(now)}
    for row, number in enumerate(before):
        if number not in place:
            continue
        pairs = [
            (place[before[other]], cosine)
            for other, cosine in zip(found.rows[row], found.cosines[row], strict=True)
            if other >= 0 and before[other] in place
        ]
        for column, (other, cosine) in enumerate(pairs):
            known.rows[place[number], column] = other
            known.cosines[place[number], column] = cosine
    return known


def night(found, before, now):
    known = left_of(found, before, now)
    n_known = (known.rows >= 0).sum(axis=1)
    fresh = Rows(np.flatnonzero(~np.isin(now, before)))
    lacking = Rows(np.flatnonzero(n_known < min(WANTED, len(now))))
    lacking = Rows(np.union1d(lacking, fresh))
    return renewed(vectors_of(now), known, fresh, lacking)


@given(st.lists(st.sets(st.integers(0, 60), min_size=1), min_size=1, max_size=6), st.randoms())
def test_any_nights_find_what_a_search_of_everything_finds(nights, random):
    before: list[int] = []
    found = nothing_found(0, K)
    for numbers in nights:
        now = sorted(numbers)
        random.shuffle(now)
        found, before = night(found, before, now), now
        truth = ExactIndex(vectors_of(now)).search(vectors_of(now), WANTED)
        np.testing.assert_array_equal(found.rows[:, :WANTED], truth.rows)
        np.testing.assert_allclose(found.cosines[:, :WANTED], truth.cosines, atol=1e-6)


def nearest(vectors):
    """Return the K nearest rows of each row, equally near ones by row."""
    found, width = nothing_found(len(vectors), K), min(K, len(vectors))
    cosines = vectors @ vectors.T
    found.rows[:, :width] = np.argsort(-cosines, axis=1, kind="stable")[:, :width]
    found.cosines[:, :width] = -np.sort(-cosines, axis=1)[:, :width]
    return found


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=60))
def test_what_is_new_stands_among_equally_near_rows_where_it_belongs(articles):
    """Cosines of these vectors are exact: 0, a quarter, a half and so on."""
    corners = np.array([[1, 1, 1, 1, 0], [1, 1, 1, -1, 0], [1, 1, 0, 1, 1], [0, 1, 1, 1, 1]])
    numbers = [number for number, _ in articles]
    vectors = np.array([*corners, -corners[0], corners[2] * [1, -1, 1, 1, 1]], np.float32)[numbers]
    vectors *= np.float32(0.5)
    there = np.flatnonzero([not new for _, new in articles])
    known, before = nothing_found(len(vectors), K), nearest(vectors[there])
    known.rows[there] = np.where(before.rows >= 0, np.append(there, -1)[before.rows], -1)
    known.cosines[there] = before.cosines
    lacking = Rows(np.flatnonzero((known.rows < 0).any(axis=1)))
    fresh = Rows(np.setdiff1d(np.arange(len(vectors)), there))
    found, truth = renewed(vectors, known, fresh, lacking), nearest(vectors)
    np.testing.assert_array_equal(found.cosines, truth.cosines)
    full = np.setdiff1d(np.arange(len(vectors)), lacking)
    np.testing.assert_array_equal(found.rows[full], truth.rows[full])


def test_only_what_is_searched_for_is_compared_with_all():
    """A neighbour that an answer had missed stays missed, so nothing is compared again."""
    now = list(range(40))
    vectors = vectors_of(now)
    known = ExactIndex(vectors[:30]).search(vectors[:30], K)
    rows, cosines = known.rows[:, [0, *range(2, K)]], known.cosines[:, [0, *range(2, K)]]
    padded = nothing_found(40, K - 1)
    padded.rows[:30], padded.cosines[:30] = rows, cosines
    fresh = Rows(np.arange(30, 40))
    found = renewed(vectors, padded, fresh, fresh)
    assert not (found.rows[:30] == known.rows[:, [1]]).any()
    truth = ExactIndex(vectors).search(vectors[30:], K - 1)
    np.testing.assert_array_equal(found.rows[30:], truth.rows)


def test_nothing_new_changes_nothing():
    vectors = vectors_of(range(20))
    known = ExactIndex(vectors).search(vectors, K)
    none = Rows(np.empty(0, np.int64))
    found = renewed(vectors, known, none, none)
    np.testing.assert_array_equal(found.rows, known.rows)
    assert isinstance(found, Neighbours)
    assert found.rows is not known.rows


@pytest.mark.parametrize("n_rows", [1, 3])
def test_fewer_rows_than_wanted_are_padded(n_rows):
    vectors, every = vectors_of(range(n_rows)), Rows(np.arange(n_rows))
    found = renewed(vectors, nothing_found(n_rows, K), every, every)
    assert (found.rows[:, n_rows:] == -1).all()
    assert (found.rows[:, 0] == every).all()
