"""Lists of near rows find what comparing all does, as far as they were tuned to."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from engine.index.exact import ExactIndex, recall
from engine.index.lists import (
    LISTED_QUERIES_AT_ONCE,
    QUERIES_AT_ONCE,
    ListIndex,
    cut_into_lists,
    lists_for,
    tuned,
)
from engine.index.tuning import RECALL


def in_groups(n_rows, dim=24, *, n_groups=60, seed=0):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((n_groups, dim))
    rows = centres[random.integers(0, n_groups, n_rows)] + random.normal(0, 0.6, (n_rows, dim))
    rows = rows.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def built(vectors, n_lists, k, *, target=RECALL):
    lists = cut_into_lists(vectors, n_lists)
    listed = vectors[lists.order]
    return tuned(lists, listed, k, target=target), listed


@pytest.mark.parametrize("n_lists", [1, 40])
def test_all_lists_find_what_comparing_all_does(n_lists):
    vectors = in_groups(900)
    index, listed = built(vectors, n_lists, 12, target=1.0)
    whole = replace(index, n_first=n_lists)
    found, truth = (
        whole.search(listed, vectors[:70], 12),
        ExactIndex(vectors).search(vectors[:70], 12),
    )
    np.testing.assert_array_equal(found.rows, truth.rows)
    np.testing.assert_allclose(found.cosines, truth.cosines, atol=1e-6)


@pytest.mark.parametrize("target", [0.8, 0.95])
def test_as_few_lists_as_reach_the_target_are_looked_into(target):
    vectors = in_groups(6000)
    index, listed = built(vectors, 300, 17, target=target)
    truth = ExactIndex(vectors).search(vectors, 17)
    found = index.search(listed, vectors, 17)
    assert recall(found, truth) >= target
    fewer = replace(index, slack=index.slack - 0.1)
    assert recall(fewer.search(listed, vectors, 17), truth) < target


def test_every_row_is_in_one_list():
    vectors = in_groups(2000)
    index = cut_into_lists(vectors, 90)
    np.testing.assert_array_equal(np.sort(index.order), np.arange(2000))
    assert index.starts[0] == 0
    assert index.starts[-1] == 2000
    assert (np.diff(index.starts) >= 0).all()


def test_fewer_rows_than_wanted_are_padded():
    vectors = in_groups(50)
    index, listed = built(vectors, 4, 60, target=1.0)
    found = index.search(listed, vectors[3:4], 60)
    n_found = int((found.rows[0] >= 0).sum())
    assert 10 <= n_found <= 50
    assert (found.rows[0, n_found:] == -1).all()
    assert np.isneginf(found.cosines[0, n_found:]).all()


def test_all_lists_are_looked_into_while_fewer_rows_than_wanted_were_found():
    vectors = in_groups(400)
    index, listed = built(vectors, 80, 30)
    index = replace(index, n_first=1, slack=0.0)
    assert np.diff(index.starts).max() < 30
    found = index.search(listed, vectors[:40], 30)
    np.testing.assert_array_equal(found.rows, ExactIndex(vectors).search(vectors[:40], 30).rows)


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize(
    ("n_lists", "at_once"), [(1, QUERIES_AT_ONCE), (80, LISTED_QUERIES_AT_ONCE)]
)
def test_the_answer_is_the_same_with_more_threads(n_lists, at_once, n_threads):
    vectors = in_groups(at_once + 5)
    index, listed = built(vectors, n_lists, 9)
    with threadpool_limits(n_threads, user_api="blas"):
        found = index.search(listed, vectors, 9)
    for start in range(0, len(vectors), at_once):
        block = slice(start, start + at_once)
        alone = index.search(listed, vectors[block], 9)
        np.testing.assert_array_equal(found.rows[block], alone.rows)


def test_as_many_as_a_part_has_look_into_lists_at_once(monkeypatch):
    vectors = in_groups(LISTED_QUERIES_AT_ONCE)
    index, listed = built(vectors, 40, 9)
    n_asking, compare = [], ListIndex._compare

    def noted(self, heap, listed, queries, asked):
        n_asking.append(len(queries))
        compare(self, heap, listed, queries, asked)

    monkeypatch.setattr(ListIndex, "_compare", noted)
    index.search(listed, vectors, 9)
    assert n_asking == [len(vectors)] * 2, "in the first lists, then in others"


def test_what_is_written_is_read(tmp_path):
    vectors = in_groups(800)
    index, listed = built(vectors, 30, 5)
    index.write(tmp_path / "lists.npz")
    again = ListIndex.read(tmp_path / "lists.npz")
    one, other = (each.search(listed, vectors[:9], 5) for each in (index, again))
    np.testing.assert_array_equal(one.rows, other.rows)
    assert (again.n_first, again.slack) == (index.n_first, index.slack)


def test_few_rows_are_all_compared():
    assert lists_for(0) == lists_for(20_000) == 1
    assert 1 < lists_for(20_001) < lists_for(100_000) < 100_000 / 20
