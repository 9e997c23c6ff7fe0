"""Every kind of index answers as the exact oracle does, within its recall."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Neighbours, Rows
from engine.errors import DamagedError, InputError
from engine.index import tuning
from engine.index.exact import ExactIndex, by_row, recall
from engine.index.faiss_build import (
    FLAT_ROWS,
    KINDS,
    LEAST_ROWS,
    build_index,
    kind_for,
    read_native,
    write_native,
)
from engine.index.faiss_index import FEW_QUERIES, SUBSET_SHARE, load_faiss
from engine.index.vectors import MappedVectors, Places, Shard, run_checksums
from tests.generations.cases import unit_rows

RECALL_BAR = {"exact": 1.0, "flat": 1.0, "ivf-flat": 0.93, "ivf-pq": 0.93}
"""The builder tunes to 0.95 on a sample; other queries may do a little worse."""


def build(kind, vectors):
    return ExactIndex(vectors) if kind == "exact" else build_index(vectors, kind=kind)


@pytest.fixture(scope="module")
def vectors():
    return unit_rows(3000, 32)


@pytest.fixture(scope="module", params=["exact", *KINDS])
def index(request, vectors):
    return build(request.param, vectors)


@pytest.fixture(scope="module")
def queries():
    return unit_rows(200, 32, seed=0)  # the same events, other noise


def distrusting(index, flat_subset):
    """Return `index` as if filters that leave more rows than `flat_subset` left many."""
    return index if index.kind == "exact" else replace(index, flat_subset=flat_subset)


def naive(vectors, queries, k, rows):
    """Return the k nearest of `rows` by sorting all, equal cosines by row."""
    lines = []
    for query in queries:
        cosines = vectors[rows] @ query
        order = sorted(range(len(rows)), key=lambda place: (-cosines[place], rows[place]))[:k]
        lines.append([rows[place] for place in order])
    return np.array(lines)


def test_more_rows_are_compared_where_they_follow_each_other(index, vectors, queries):
    """However many queries there are: a question is answered alike alone and among others."""
    if index.kind == "exact":
        return
    some = distrusting(index, 10)
    most = 10 + len(vectors) // SUBSET_SHARE
    close, scattered = (Rows(np.arange(100, 100 + step * most, step)) for step in (1, 2))
    assert some.is_exact(close)
    assert not index.kind.startswith("ivf") or not some.is_exact(scattered)
    assert not index.kind.startswith("ivf") or not some.is_exact(Rows(np.arange(most + 1)))
    expected = ExactIndex(vectors).search(queries, 7, within=close)
    for n in (1, len(queries)):
        found = some.search(queries[:n], 7, within=close)
        np.testing.assert_array_equal(found.rows, expected.rows[:n])


def test_recall_reaches_the_bar(index, vectors, queries):
    truth = ExactIndex(vectors).search(queries, 10)
    assert recall(index.search(queries, 10), truth) >= RECALL_BAR[index.kind]


def test_cosines_are_those_of_the_rows_named_best_first(index, vectors, queries):
    found = index.search(queries, 10)
    assert found.rows.dtype == np.int64
    assert found.cosines.dtype == np.float32
    assert found.rows.shape == found.cosines.shape == (200, 10)
    expected = np.einsum("qd,qkd->qk", queries, vectors[found.rows])
    np.testing.assert_allclose(found.cosines, expected, atol=1e-6)
    assert (np.diff(found.cosines, axis=1) <= 0).all()
    assert all(len(set(line)) == 10 for line in found.rows.tolist())


def test_search_is_repeatable(index, queries):
    first, second = index.search(queries, 10), index.search(queries, 10)
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_array_equal(first.cosines, second.cosines)


def test_building_again_gives_the_same_answers(index, vectors, queries):
    again = build(index.kind, vectors).search(queries, 10)
    np.testing.assert_array_equal(index.search(queries, 10).rows, again.rows)


@pytest.mark.parametrize("n_rows", [0, 1, 7, 500])
def test_within_a_small_subset_is_exact(index, vectors, queries, n_rows):
    rows = np.random.default_rng(1).choice(3000, n_rows, replace=False)
    found = index.search(queries[:20], 9, within=rows)
    expected = naive(vectors, queries[:20], 9, np.sort(rows))
    width = min(9, n_rows)
    np.testing.assert_array_equal(found.rows[:, :width], expected[:, :width])
    assert (found.rows[:, width:] == -1).all()
    assert (found.cosines[:, width:] == -np.inf).all()


def test_within_a_large_subset_finds_only_its_rows(index, vectors, queries):
    rows = Rows(np.arange(0, 3000, 2))
    found = distrusting(index, 100).search(queries, 10, within=rows)
    truth = ExactIndex(vectors).search(queries, 10, within=rows)
    assert np.isin(found.rows, rows).all()
    assert recall(found, truth) >= RECALL_BAR[index.kind]


def test_few_and_many_queries_are_answered_alike_behind_a_filter(vectors, queries):
    index, rows = distrusting(build_index(vectors, kind="flat"), 100), Rows(np.arange(0, 3000, 2))
    many = index.search(queries, 10, within=rows)
    few = [index.search(query[None], 10, within=rows) for query in queries[:50]]
    np.testing.assert_array_equal(many.rows[:50], [answer.rows[0] for answer in few])


def test_within_rows_in_lists_that_are_not_looked_at_falls_back_to_exact(index, vectors, queries):
    # The rows farthest from the query: an approximate search meets none of them.
    rows = Rows(np.argsort(vectors @ queries[0])[:40])
    found = distrusting(index, 10).search(queries[:1], 20, within=rows)
    truth = ExactIndex(vectors).search(queries[:1], 20, within=rows)
    np.testing.assert_array_equal(found.rows, truth.rows)


def test_a_filter_that_empties_an_answer_of_hnsw_is_answered_in_full(index, vectors, queries):
    faiss = load_faiss()
    rows = np.sort(np.argsort(vectors @ queries[0])[:40])
    graph = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    options = faiss.SearchParametersHNSW(sel=faiss.IDSelectorBatch(rows), efSearch=64)
    assert (graph.search(queries[:1], 20, params=options)[1] < 0).all()
    found = index.search(queries[:1], 20, within=rows)
    np.testing.assert_array_equal(found.rows, naive(vectors, queries[:1], 20, rows))


def test_within_ignores_order_and_repetition(index, queries):
    rows = np.array([5, 2, 2, 9, 5])
    found = index.search(queries[:3], 4, within=rows)
    assert all(sorted(line) == [-1, 2, 5, 9] for line in found.rows.tolist())


def test_more_neighbours_than_rows_pads(index, queries):
    found = index.search(queries[:2], 3005)
    assert (np.sort(found.rows[0])[:5] == -1).all()
    assert (found.cosines[found.rows < 0] == -np.inf).all()
    assert np.isfinite(found.cosines[found.rows >= 0]).all()


def test_no_queries(index):
    assert index.search(np.empty((0, 32), np.float32), 3).rows.shape == (0, 3)


def test_queries_and_vectors_stay_as_they_were(index, vectors, queries):
    before = vectors.copy(), queries.copy()
    index.search(queries, 5)
    np.testing.assert_array_equal(vectors, before[0])
    np.testing.assert_array_equal(queries, before[1])


@pytest.mark.parametrize(
    ("queries", "k", "within", "message"),
    [
        (np.ones((1, 32)), 1, None, "float64"),
        (np.ones((1, 32), np.float32), 1, None, "row 0 has length 5.657"),
        (np.full((1, 32), np.nan, np.float32), 1, None, "unit rows"),
        (np.eye(1, 31, dtype=np.float32), 1, None, "31 dimensions"),
        (np.eye(1, 32, dtype=np.float32)[0], 1, None, "shape"),
        (np.eye(1, 32, dtype=np.float32), 0, None, "at least 1"),
        (np.eye(1, 32, dtype=np.float32), 1, np.array([3000]), "rows from 0 to 2999"),
        (np.eye(1, 32, dtype=np.float32), 1, np.array([-1]), "rows from 0 to 2999"),
    ],
)
def test_a_search_that_cannot_be_is_refused(index, queries, k, within, message):
    with pytest.raises(InputError, match=message):
        index.search(queries, k, within=within)


@given(
    n=st.integers(0, 40),
    k=st.integers(1, 12),
    n_copies=st.integers(1, 4),
    seed=st.integers(0, 99),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_exact_equals_sorting_everything_with_ties_by_row(n, k, n_copies, seed, data):
    # Rows of small integers over one length: sums are exact, so duplicates truly tie.
    random = np.random.default_rng(seed)
    base = np.eye(4, dtype=np.float32)[random.integers(4, size=n)]
    vectors = np.ascontiguousarray(np.repeat(base, n_copies, axis=0))
    queries = np.eye(4, dtype=np.float32)
    drawn = sorted(data.draw(st.sets(st.integers(0, max(0, len(vectors) - 1))))) if n else []
    rows = Rows(np.array(drawn, np.int64))
    found = ExactIndex(vectors).search(queries, k, within=rows)
    width = min(k, len(rows))
    np.testing.assert_array_equal(
        found.rows[:, :width], naive(vectors, queries, k, rows).reshape(4, width)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_of_the_smallest_base_finds_itself(kind):
    vectors = unit_rows(LEAST_ROWS, 16)
    found = build_index(vectors, kind=kind, target=1.0).search(vectors, 3)
    np.testing.assert_array_equal(found.rows[:, 0], np.arange(LEAST_ROWS))


@pytest.mark.parametrize("kind", KINDS)
def test_written_and_read_back_it_answers_the_same(kind, vectors, queries, tmp_path):
    index = build_index(vectors, kind=kind)
    write_native(index.native, tmp_path / "index.faiss")
    data = np.fromfile(tmp_path / "index.faiss", np.uint8)
    again = replace(index, native=read_native(data, vectors.shape[1]))
    del data  # it is kept for as long as FAISS reads from it
    np.testing.assert_array_equal(index.search(queries, 10).rows, again.search(queries, 10).rows)


def test_reading_refuses_other_vectors_and_broken_bytes(vectors, tmp_path):
    write_native(build_index(vectors).native, tmp_path / "index.faiss")
    data = np.fromfile(tmp_path / "index.faiss", np.uint8)
    with pytest.raises(DamagedError, match="over vectors of 32 dimensions, expected 31"):
        read_native(data, 31)
    for broken in (data[:1], data[: len(data) // 2], np.zeros(64, np.uint8)):
        with pytest.raises(DamagedError, match="cannot be read by FAISS"):
            read_native(broken, 32)


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (np.zeros((2, 8), np.float32), {}, "row 0 has length 0"),
        (np.eye(8, dtype=np.float32)[:, ::2], {}, "C order"),
        (np.eye(8, dtype=np.float32), {"kind": "magic"}, "flat, ivf-flat, ivf-pq"),
        (np.eye(9, dtype=np.float32), {"kind": "ivf-pq"}, "divisible by 8"),
        (np.eye(8, dtype=np.float32), {"kind": "ivf-flat"}, "624 vectors"),
        (np.eye(8, dtype=np.float32), {"target": 0.0}, "recall"),
    ],
)
def test_an_index_that_cannot_be_built_is_refused(vectors, options, message):
    with pytest.raises(InputError, match=message):
        build_index(vectors, **options)


def test_the_kind_follows_the_size():
    assert kind_for(FLAT_ROWS, 384) == "flat"
    assert kind_for(FLAT_ROWS + 1, 384) == "ivf-pq"
    assert kind_for(FLAT_ROWS + 1, 30) == "ivf-flat"


def test_a_harder_target_is_tuned_to(vectors):
    effort = [
        build_index(vectors, kind="ivf-flat", target=target).parameters["n_probe"]
        for target in (0.5, 0.999)
    ]
    assert effort[0] < effort[1]


@pytest.mark.parametrize("target", [0.6, 0.9, 0.999])
def test_the_cheapest_of_all_efforts_is_tuned_to(target):
    index = build_index(unit_rows(4000, 32, seed=3), kind="ivf-pq", target=target)
    n_lists = int(index.parameters["n_lists"])
    rows = np.sort(np.random.default_rng(tuning.SEED).choice(4000, tuning.QUERIES, replace=False))
    queries = index.vectors[Rows(rows)]
    truth = tuning._others(ExactIndex(index.vectors), queries)
    efforts = []
    for refinement in tuning.REFINEMENTS:  # each as if it were the only one
        n_probe, reached = tuning._least_probes(
            index, queries, truth, refinement, target, tuning._steps(n_lists)
        )
        refined = tuning.REFINED_COST * refinement * tuning.NEIGHBOURS
        cost = refined + n_probe * (4000 / n_lists + tuning.PROBED_COST)
        efforts.append((max(0.0, target - reached), cost, n_probe, refinement))
    missed, _, n_probe, refinement = min(efforts)
    found = {name: index.parameters[name] for name in ("n_probe", "refinement", "recall")}
    assert found == {"n_probe": n_probe, "refinement": refinement, "recall": target - missed}


def test_mapped_rows_are_compared_as_the_floats_that_they_stand_for():
    vectors = unit_rows(600, 32)
    vectors[:, ::3] *= 1e-6  # halves of so little are subnormal
    half = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    shards = [Shard(first, half[first : first + 256], "g", "f") for first in (0, 256, 512)]
    mapped = MappedVectors(shards, None, len(half), 32, run_checksums(half))
    floats = half.astype(np.float32)
    some = Rows(np.array([599, 3, 256, 300, 255]))
    assert mapped.halves(some).tobytes() == half[some].tobytes()
    in_memory, queries = build_index(floats, kind="flat"), floats[:5]
    within = Rows(np.arange(0, 600, 2))
    expected = in_memory.search(queries, 20, within=within)
    found = replace(in_memory, vectors=mapped).search(queries, 20, within=within)
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.cosines, expected.cosines)


@given(
    some=st.sets(st.integers(0, 599), min_size=1),
    n_queries=st.sampled_from([1, 2, FEW_QUERIES, FEW_QUERIES + 1]),
    k=st.integers(1, 30),
)
@settings(deadline=None)
def test_stored_halves_are_compared_where_they_lie_as_floats_are(some, n_queries, k):
    half = unit_rows(700, 32).astype(np.float16)
    places = np.delete(np.arange(700), np.arange(0, 700, 7))  # the others were deleted
    shards = [Shard(first, half[first : first + 256], "g", "f") for first in (0, 256, 512)]
    sums = np.concatenate([run_checksums(shard.rows) for shard in shards])
    mapped = MappedVectors(shards, Places(places), len(half), 32, sums)
    floats = half[places].astype(np.float32)
    within, queries = Rows(np.array(sorted(some))), floats[:n_queries]
    index = replace(build_index(floats, kind="flat"), vectors=mapped)
    found = index.search(queries, k, within=within)
    expected = ExactIndex(floats).search(queries, k, within=within)
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_allclose(found.cosines, expected.cosines, atol=1e-6)


def test_rows_that_follow_each_other_are_not_copied_and_scattered_ones_at_once():
    half = unit_rows(512, 32).astype(np.float16)
    shards = [Shard(first, half[first : first + 256], "g", "f") for first in (0, 256)]
    mapped = MappedVectors(shards, None, len(half), 32, run_checksums(half))
    runs = Rows(np.delete(np.arange(100, 400), [50, 60]))
    parts = list(mapped.as_stored(runs))
    assert len(parts) == 4  # broken by each row that is left out and by the end of the shard
    assert all(np.shares_memory(rows, half) for _, rows in parts)
    scattered = Rows(np.arange(0, 512, 2))
    assert [len(rows) for _, rows in mapped.as_stored(scattered)] == [128, 128]
    for wanted in (runs, scattered):
        for places, rows in mapped.as_stored(wanted):
            np.testing.assert_array_equal(rows, half[wanted[places]])


def test_threads_that_compare_halves_at_once_do_not_disturb_each_other():
    half = unit_rows(4000, 32).astype(np.float16)
    mapped = MappedVectors([Shard(0, half, "g", "f")], None, 4000, 32, run_checksums(half))
    floats = half.astype(np.float32)
    index = replace(build_index(floats, kind="flat"), vectors=mapped)
    within, queries = Rows(np.arange(10, 3990)), floats[:200]
    expected = ExactIndex(floats).search(queries, 5, within=within)
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(
                lambda one: index.search(queries[one : one + 1], 5, within=within).rows[0],
                range(200),
            )
        )
    np.testing.assert_array_equal(np.stack(found), expected.rows)


@given(st.integers(0, 1 << 32), st.integers(1, 9), st.integers(0, 5))
def test_equally_near_rows_come_in_order(seed, k, n_lacking):
    random = np.random.default_rng(seed)
    rows = np.array([random.permutation(30)[:k] for _ in range(12)])
    cosines = -np.sort(-random.integers(0, 4, rows.shape).astype(np.float32), axis=1)
    rows[3:, k - min(n_lacking, k) :], cosines[3:, k - min(n_lacking, k) :] = -1, -np.inf
    order = np.lexsort((rows, -cosines), axis=1)
    expected = np.take_along_axis(rows, order, axis=1)
    found = by_row(Neighbours(Rows(rows.copy()), cosines.copy()))
    np.testing.assert_array_equal(found.rows, expected)
    np.testing.assert_array_equal(found.cosines, cosines)
