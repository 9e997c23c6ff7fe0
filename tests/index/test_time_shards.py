"""Shards by time answer as one index does."""

import numpy as np
import pytest

from engine.index import time_shards
from engine.index.exact import ExactIndex
from engine.index.lists import ListIndex
from engine.index.time_shards import nearest_in_shards, plan
from engine.workers.local import LocalExecutor
from tests.workers.cases import ElsewhereExecutor

DAY = 86_400.0


def made_up(n_rows, dim=16, *, seed=0):
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((n_rows, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, random.uniform(0, 100 * DAY, n_rows)


def nearest(folder, vectors, times, k=9, *, most_rows=40, reach=np.inf, executor=None):
    folder.mkdir(exist_ok=True)
    return nearest_in_shards(
        executor or LocalExecutor(),
        folder,
        vectors,
        times,
        k,
        most_rows=most_rows,
        flat_rows=1000,
        reach=reach,
    ).rows


@pytest.mark.parametrize("most_rows", [1, 7, 40, 199, 200, 500])
def test_all_shards_give_the_answer_of_one_index(tmp_path, most_rows):
    vectors, times = made_up(200)
    times[::17] = np.nan
    truth = ExactIndex(vectors).search(vectors, 9)
    found = nearest(tmp_path, vectors, times, most_rows=most_rows)
    np.testing.assert_array_equal(found, truth.rows)


def test_equal_vectors_come_by_row_whatever_their_shard(tmp_path):
    vectors, times = made_up(30)
    vectors[10:20] = vectors[0]
    found = nearest(tmp_path, vectors, times, 11, most_rows=5)
    np.testing.assert_array_equal(found[0], [0, *range(10, 20)])


def test_a_shard_of_lists_finds_the_rows_that_were_asked_for(tmp_path):
    vectors, times = made_up(20_001, 8)
    times = np.full_like(times, np.nan)
    found = nearest(tmp_path, vectors, times, most_rows=len(vectors))
    np.testing.assert_array_equal(found[:, 0], np.arange(len(vectors)))
    asked = np.arange(0, len(vectors), 97)
    truth = ExactIndex(vectors).search(vectors[asked], 9).rows
    shares = [
        len(set(one) & set(other)) / 9 for one, other in zip(found[asked], truth, strict=True)
    ]
    assert np.mean(shares) >= 0.95


def test_parts_of_the_only_shard_ask_list_by_list(tmp_path, monkeypatch):
    vectors, times = made_up(20_001, 8)
    starts, search = [0], ListIndex.search

    def noted(self, listed, queries, k):
        np.testing.assert_array_equal(queries, listed[starts[-1] : starts[-1] + len(queries)])
        starts.append(starts[-1] + len(queries))
        return search(self, listed, queries, k)

    monkeypatch.setattr(ListIndex, "search", noted)
    nearest(tmp_path, vectors, np.full_like(times, np.nan), most_rows=len(vectors))
    assert starts[-1] == len(vectors)


def test_equal_vectors_come_by_row_out_of_lists(tmp_path):
    vectors, times = made_up(20_001, 8)
    vectors[1::5000] = vectors[0]
    found = nearest(tmp_path, vectors, np.full_like(times, np.nan), most_rows=len(vectors))
    np.testing.assert_array_equal(found[0, :5], [0, 1, 5001, 10_001, 15_001])


def test_what_is_within_reach_is_compared(tmp_path):
    vectors, times = made_up(120)
    times[::11] = np.nan
    found = nearest(tmp_path, vectors, times, 120, most_rows=20, reach=5 * DAY)
    gaps = np.abs(times[:, None] - times)
    for row in range(120):
        near = np.flatnonzero(~(gaps[row] > 5 * DAY))  # undated rows are near to all
        assert set(near) <= set(found[row].tolist())
    assert (found < 0).any(), "something is out of reach"


def test_the_answer_is_the_same_elsewhere(tmp_path, processes):
    vectors, times = made_up(150)
    kinds = [
        nearest(tmp_path / type(one).__name__, vectors, times, reach=9 * DAY, executor=one)
        for one in (LocalExecutor(), ElsewhereExecutor(), processes)
    ]
    np.testing.assert_array_equal(kinds[0], kinds[1])
    np.testing.assert_array_equal(kinds[0], kinds[2])


def test_fewer_rows_than_wanted_are_padded(tmp_path):
    vectors, times = made_up(3)
    found = nearest(tmp_path, vectors, times, 5)
    assert found.shape == (3, 5)
    assert (found[:, 3:] == -1).all()


def test_no_rows_give_no_answer(tmp_path):
    vectors, times = made_up(0)
    assert nearest(tmp_path, vectors, times).shape == (0, 9)


def test_every_row_is_searched_for_once_and_lies_in_one_shard():
    _, times = made_up(20_000)
    times[:90] = np.nan
    shards, parts = plan(times, most_rows=6000, flat_rows=6000, reach=DAY)
    rows = np.concatenate([shard.rows for shard in shards])
    np.testing.assert_array_equal(np.sort(rows), np.arange(20_000))
    asked = [shards[part.shard].rows[part.start : part.stop] for part in parts]
    np.testing.assert_array_equal(np.sort(np.concatenate(asked)), np.arange(20_000))
    assert max(len(shard.rows) for shard in shards) <= 6000


def test_an_index_is_learnt_where_many_ask():
    times = np.linspace(0.0, 6e6, 100_000)
    shards, _ = plan(times, most_rows=30_000, flat_rows=30_000, reach=np.inf)
    assert min(shard.n_lists for shard in shards) > 1
    shards, _ = plan(times, most_rows=30_000, flat_rows=30_000, reach=60.0)
    assert {shard.n_lists for shard in shards} == {1}


def test_one_shard_compares_all_however_far_apart():
    times = np.array([0.0, 1e9, np.nan, 2e9])
    for some in (times, times[::-1], np.tile(times, 2000)):
        shards, parts = plan(some, most_rows=8000, flat_rows=8000, reach=DAY)
        assert [(shard.rows.tolist(), shard.n_lists) for shard in shards] == [
            (list(range(len(some))), 1)
        ]
        assert {len(part.targets) for part in parts} == {1}


@pytest.mark.parametrize(("n_rows", "times_written"), [(200, 1), (20_001, 2)])
def test_vectors_of_one_list_are_written_once(tmp_path, monkeypatch, n_rows, times_written):
    vectors, times = made_up(n_rows, 8)
    if times_written > 1:
        times = np.full_like(times, np.nan)  # all are compared with all, so they are put into lists
    n_written, write = [], time_shards._write_rows

    def counted(path, of, rows):
        n_written.append(len(rows))
        write(path, of, rows)

    monkeypatch.setattr(time_shards, "_write_rows", counted)
    nearest(tmp_path, vectors, times, most_rows=40 if times_written == 1 else n_rows)
    assert sum(n_written) == times_written * n_rows
    assert not list(tmp_path.glob("vectors-*"))
