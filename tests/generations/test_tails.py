"""What is new goes to the tail of an index, whose other file stays as it is."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.disk.layout import INDEX, INDEX_TAIL, Layout
from engine.domain import Keys, Rows
from engine.errors import DamagedError
from engine.generations.drafting import draft_changes
from engine.generations.generation import open_live
from engine.generations.upkeep import prune, verify
from engine.index.auditing import audit
from engine.index.exact import ExactIndex, recall
from engine.index.tuning import REFINEMENTS, set_effort
from tests.generations.cases import (
    block,
    flip,
    locked,
    publish_draft,
    publish_one,
    publish_rows,
    republish,
    rows,
    under_lock,
    unit_rows,
)

N = 700
KINDS = ("ivf-flat", "ivf-pq")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def grow(live, n, *, seed, removed=()):
    """Publish `live` with `n` new rows."""
    new = block(10_000 + 100 * seed + np.arange(n), seed=seed)
    with locked(live.layout) as lock:
        made = draft_changes(lock, live, [new], removed=Keys(np.array(removed, np.int64)))
        return publish_draft(lock, made)


def inode(generation, file):
    return (generation.layout.generation(generation.name).folder / file).stat().st_ino


def with_all_effort(index):
    """Let an index look at everything, so that it finds what exact search does."""
    for native in index.natives:
        set_effort(native, index.kind, int(index.parameters["n_lists"]), REFINEMENTS[-1])
    return index


@pytest.mark.parametrize("kind", KINDS)
def test_the_index_stays_the_same_file_for_a_twentieth_of_growth(layout, kind):
    first = publish_one(layout, n=N, kind=kind)
    assert INDEX_TAIL not in first.manifest.files
    second = grow(first, 15, seed=1)
    third = grow(second, 15, seed=2)
    assert inode(first, INDEX) == inode(second, INDEX) == inode(third, INDEX)
    assert inode(second, INDEX_TAIL) != inode(third, INDEX_TAIL)
    assert [native.ntotal for native in third.index.natives] == [N, 30]
    assert third.index.parameters == first.index.parameters
    fourth = grow(third, 15, seed=3)  # 745 are more than a twentieth more than 700
    assert [native.ntotal for native in fourth.index.natives] == [N + 45]
    assert INDEX_TAIL not in fourth.manifest.files
    vectors = fourth.vectors(Rows(np.arange(N, N + 45)))
    assert fourth.index.search(vectors, 1).rows[:, 0].tolist() == list(range(N, N + 45))
    assert verify(layout) == []


def test_other_stories_and_nothing_new_share_the_tail(layout):
    grown = grow(publish_one(layout, n=N, kind="ivf-pq"), 15, seed=1)
    again = republish(grown, [])
    assert inode(again, INDEX_TAIL) == inode(grown, INDEX_TAIL)
    with locked(layout) as lock:
        later = publish_draft(lock, draft_changes(lock, again, [], removed=Keys(again.keys[:5])))
    assert inode(later, INDEX_TAIL) == inode(grown, INDEX_TAIL)
    assert inode(later, INDEX) == inode(grown, INDEX)
    new = later.vectors(Rows(np.arange(len(later) - 15, len(later))))
    assert later.index.search(new, 1).rows[:, 0].tolist() == [*range(N - 5, N + 10)]
    assert verify(layout) == []


@given(
    kind=st.sampled_from(KINDS),
    sizes=st.lists(st.integers(0, 17), min_size=1, max_size=2),
    gone=st.lists(st.integers(0, N - 1), max_size=60, unique=True),
    k=st.integers(10, 40),
    seed=st.integers(0, 3),
)
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_index_and_its_tail_answer_as_exact_search(tmp_path_factory, kind, sizes, gone, k, seed):
    live = publish_rows(Layout(tmp_path_factory.mktemp("base")), [rows(N, seed=seed)], kind=kind)
    for number, size in enumerate(sizes):
        live = grow(live, size, seed=number, removed=live.keys[gone] if number == 0 else ())
    index = with_all_effort(open_live(live.layout).index)
    exact = ExactIndex(np.ascontiguousarray(live.vectors()))
    queries = np.concatenate([unit_rows(5, 16, seed=seed), live.vectors()[-3:]])
    least = 1 if kind == "ivf-flat" else 0.95  # codes of four bits leave a few out
    assert recall(index.search(queries, k), exact.search(queries, k)) >= least
    within = Rows(np.arange(0, len(live), 3))
    object.__setattr__(index, "flat_subset", 10)  # as if these were many
    found = index.search(queries, k, within=within)
    assert set(found.rows.ravel().tolist()) - {-1} <= set(within.tolist())
    assert recall(found, exact.search(queries, k, within=within)) >= least


def test_rows_of_a_tail_that_change_are_found_under_their_new_vectors(layout):
    grown = grow(publish_one(layout, n=N, kind="ivf-pq"), 15, seed=1)
    keys = grown.keys[-3:]
    with locked(layout) as lock:
        live = publish_draft(lock, draft_changes(lock, grown, [block(keys, seed=9)]))
    changed = live.vectors(live.rows_of(keys))
    assert live.index.search(changed, 1).rows[:, 0].tolist() == live.rows_of(keys).tolist()
    assert (live.index.search(changed, len(live)).rows < len(live)).all()
    assert verify(layout) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_audit_of_what_is_new_says_what_an_audit_of_all_does(layout, kind):
    live = publish_one(layout, n=N, kind=kind)
    for seed, removed in enumerate(((), live.keys[5:9], ())):
        live = grow(live, 11, seed=seed, removed=removed)
        assert live.truth is not None
        assert live.truth.n_stored == live.manifest.n_stored
        whole = audit(live.index, target=0.95)
        assert live.manifest.audit.recall == pytest.approx(whole.recall, abs=0.02)
    assert publish_one(layout, n=9).truth is None  # few rows are all compared each time


def test_what_older_generations_share_stays_when_they_are_pruned(layout):
    live = publish_one(layout, n=N, kind="ivf-pq")
    for seed in range(3):
        live = grow(live, 10, seed=seed)
    under_lock(prune, layout, keep=1)
    assert verify(layout) == []
    vectors = live.vectors(Rows(np.array([0, N + 5])))
    assert open_live(layout).index.search(vectors, 1).rows.tolist() == [[0], [N + 5]]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("file", [INDEX, INDEX_TAIL])
def test_any_flipped_bit_of_either_is_noticed(layout, file, seed):
    live = grow(publish_one(layout, n=N, kind="ivf-pq"), 15, seed=1)
    path = layout.generation(live.name).folder / file
    flip(path, int(np.random.default_rng(seed).integers(8 * path.stat().st_size)))
    with pytest.raises(DamagedError, match=rf"{file} was altered"):
        _ = open_live(layout).index
    with locked(layout) as lock, pytest.raises(DamagedError, match=f"{file} was altered"):
        draft_changes(lock, open_live(layout), [block([1], seed=2)])
    assert any(file in problem for problem in verify(layout))
