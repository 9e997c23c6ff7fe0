"""A generation that is changed again and again answers as one made anew."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.disk.layout import Layout
from engine.domain import Keys, Rows
from engine.errors import DamagedError, MismatchError
from engine.generations.drafting import draft, draft_changes
from engine.generations.generation import open_live
from engine.generations.publishing import publish_stories
from engine.generations.staging import RowBlock
from engine.generations.upkeep import rollback, verify
from engine.index.exact import ExactIndex, recall
from engine.index.faiss_build import FLAT_ROWS
from engine.index.vectors import MappedVectors
from tests.generations.cases import (
    NOW,
    block,
    expect_rows,
    locked,
    publish_draft,
    publish_one,
    publish_rows,
    rows,
    under_lock,
    unit_rows,
)

SMALL_SHARD = 64
SMALL_RUN = 16


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


@pytest.fixture
def small_shards(monkeypatch):
    """Let a few hundred rows fill several shards."""
    for path in (
        "engine.index.vectors",
        "engine.generations.shards",
        "engine.generations.staging",
        "engine.generations.generation",
    ):
        monkeypatch.setattr(f"{path}.SHARD_ROWS", SMALL_SHARD, raising=False)
        monkeypatch.setattr(f"{path}.CHECKED_ROWS", SMALL_RUN, raising=False)


def change(base, blocks, *, removed=()):
    removed = np.array(removed, np.int64)
    with locked(base.layout) as lock:
        return publish_draft(lock, draft_changes(lock, base, blocks, removed=removed))


def remember(expected, added):
    for place, key in enumerate(added.keys.tolist()):
        expected[key] = (added.published[place], added.revisions[place], added.vectors[place])


STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(1, 400), unique=True, max_size=60),  # added or changed
        st.lists(st.integers(1, 400), max_size=120),  # removed, known or not
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.usefixtures("small_shards")
@given(steps=STEPS, seed=st.integers(0, 5))
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_of_changes_equals_a_rebuild(tmp_path_factory, steps, seed):
    layout = Layout(tmp_path_factory.mktemp("base"))
    first = rows(150, seed=seed)
    live = publish_rows(layout, [first])
    expected: dict[int, Any] = {}
    remember(expected, first)
    for number, (added, removed) in enumerate(steps):
        new = block(added, seed=100 + number)
        live = change(live, [new], removed=removed)
        expected = {key: value for key, value in expected.items() if key not in removed}
        remember(expected, new)
    expect_rows(live, expected)
    assert verify(layout) == []
    queries = unit_rows(7, 16, seed=seed)
    found = open_live(layout).index.search(queries, 6)
    truth = ExactIndex(np.ascontiguousarray(live.vectors())).search(queries, 6)
    np.testing.assert_array_equal(found.rows, truth.rows)
    np.testing.assert_allclose(found.cosines, truth.cosines, atol=1e-6)


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("kind", ["ivf-flat", "ivf-pq"])
def test_an_extended_index_finds_as_much_as_a_new_one(layout, kind):
    live = publish_rows(layout, [rows(900)], kind=kind)
    expected: dict[int, Any] = {}
    remember(expected, rows(900))
    parameters = live.manifest.index_parameters
    random = np.random.default_rng(1)
    for night in range(4):
        known = np.array(sorted(expected))
        removed = random.choice(known, 30, replace=False)
        changed = random.choice(np.setdiff1d(known, removed), 20, replace=False)
        new = block(np.concatenate([changed, known.max() + 1 + np.arange(40)]), seed=night)
        live = change(live, [new], removed=removed)
        for key in removed.tolist():
            del expected[key]
        remember(expected, new)
    assert live.manifest.index_kind == kind
    assert live.manifest.index_parameters["n_trained"] == parameters["n_trained"] == 900
    assert live.manifest.n_stored == 900 + 4 * 60
    assert live.manifest.n_articles == 900 + 4 * 10
    expect_rows(live, expected)
    queries = unit_rows(100, 16, seed=0)
    truth = ExactIndex(np.ascontiguousarray(live.vectors())).search(queries, 10)
    found = live.index.search(queries, 10)
    assert recall(found, truth) >= 0.93
    for place in (0, 400, 939):
        vector = live.vectors(np.array([place]))
        assert live.index.search(vector, 1).rows.tolist() == [[place]]
    assert verify(layout) == []


def test_a_deleted_article_is_never_found_again(layout):
    live = publish_one(layout, n=700, kind="ivf-pq")
    gone = live.keys[::10]
    vectors = live.vectors(np.arange(0, 700, 10))
    live = change(live, [], removed=gone)
    assert live.manifest.n_stored == 700  # marked, not rewritten
    found = live.index.search(vectors, 630)
    assert (found.rows >= -1).all()
    assert found.rows.max() == 629
    assert not np.isin(live.keys, gone).any()
    kept = np.arange(0, 630, 3)
    within = live.index.search(vectors, 300, within=kept)
    assert set(within.rows.ravel().tolist()) - {-1} <= set(kept.tolist())
    assert live.rows_of(gone).tolist() == [-1] * 70


@pytest.mark.usefixtures("small_shards")
def test_a_deletion_is_a_mark_and_rewrites_neither_vectors_nor_index(layout):
    before = publish_one(layout, n=900, kind="ivf-pq", n_stories=0)
    after = change(before, [], removed=before.keys[::5])
    assert len(after) == 720
    one, other = before.manifest.files, after.manifest.files
    same = {file for file in one if other.get(file) == one[file]}
    assert same == {"index.faiss", "centring.npz", "stories.jsonl", "checksums.npy"} | {
        file for file in one if file.startswith("embeddings-")
    }


def test_many_deletions_are_compacted_away(layout):
    live = publish_one(layout, n=900, kind="ivf-flat")
    live = change(live, [], removed=live.keys[:200])
    assert (live.manifest.n_articles, live.manifest.n_stored) == (700, 900)
    live = change(live, [], removed=live.keys[:50])
    assert (live.manifest.n_articles, live.manifest.n_stored) == (650, 650)
    assert live.manifest.index_parameters["n_trained"] == 650
    assert verify(layout) == []


@pytest.mark.usefixtures("small_shards")
def test_an_effort_is_tried_again_after_a_twentieth_of_growth(layout):
    live = publish_one(layout, n=700, kind="ivf-pq")
    first = live.manifest.index_parameters
    tried = []
    for night in range(3):
        live = change(live, [block(10_000 + 15 * night + np.arange(15), seed=night)])
        parameters = live.manifest.index_parameters
        tried.append(parameters["n_tried"])
        queries = live.vectors(np.arange(9))
        assert live.index.search(queries, 1).rows.ravel().tolist() == list(range(9))
        if tried[-1] == 700:
            names = ("n_probe", "refinement", "recall", "n_lists", "n_trained")
            assert [parameters[name] for name in names] == [first[name] for name in names]
    assert tried == [700, 700, 745]


def test_a_base_that_doubled_is_learnt_anew(layout):
    live = publish_one(layout, n=700, kind="ivf-flat")
    live = change(live, [block(10_000 + np.arange(701), seed=3)])
    assert live.manifest.index_parameters["n_trained"] == 1401
    assert live.manifest.n_centred == 700


def test_a_base_that_shrinks_too_much_for_its_kind_is_searched_exactly(layout):
    live = publish_one(layout, n=700, kind="ivf-flat")
    live = change(live, [], removed=live.keys[:100])
    assert live.manifest.index_kind == "flat"


def test_recall_that_sinks_as_a_base_grows_is_noticed_and_mended(layout):
    # The index learns one topic; what comes later is about others and is far larger.
    live = publish_one(layout, n=2000, kind="ivf-pq")
    later = unit_rows(1900, 16, seed=9, n_events=1500)
    made = rows(1900, seed=9)
    new = RowBlock(Keys(100_000 + np.arange(1900)), made.published, made.revisions, later)
    live = change(live, [new])
    queries = later[:200]
    stored = np.ascontiguousarray(live.vectors())
    truth = ExactIndex(stored).search(queries, 10)
    assert recall(live.index.search(queries, 10), truth) >= 0.9
    assert live.manifest.audit.recall >= 0.9


@pytest.mark.slow
def test_a_default_kind_follows_the_size(layout):
    live = publish_one(layout, n=700)
    assert live.manifest.index_kind == "flat"
    live = change(live, [block(10_000 + np.arange(FLAT_ROWS), seed=3)])
    assert live.manifest.index_kind == "ivf-pq"


@pytest.mark.usefixtures("small_shards")
def test_full_shards_are_shared_and_dropped_when_all_their_rows_are_deleted(layout):
    first = publish_one(layout, n=900, kind="ivf-flat")
    oldest = first.keys[: 2 * SMALL_SHARD]
    second = change(first, [block(10_000 + np.arange(10), seed=3)], removed=oldest)
    names = {name for name in second.manifest.files if name.startswith("embeddings-")}
    assert f"embeddings-{0:012d}.npy" not in names
    assert f"embeddings-{SMALL_SHARD:012d}.npy" not in names
    shared = f"embeddings-{2 * SMALL_SHARD:012d}.npy"
    inodes = {(layout.generation(g.name).folder / shared).stat().st_ino for g in (first, second)}
    assert len(inodes) == 1
    assert verify(layout) == []
    np.testing.assert_array_equal(
        second.vectors(np.arange(5)), first.vectors(2 * SMALL_SHARD + np.arange(5))
    )
    third = change(second, [block([20_000], seed=4)], removed=second.keys[:3])
    assert verify(layout) == []
    assert third.manifest.n_stored == 911


def test_changes_of_a_generation_that_is_no_longer_live_are_refused(layout):
    first = publish_one(layout)
    with locked(layout) as lock:
        made = draft_changes(lock, first, [block([1000], seed=1)])
        other = publish_stories(lock, first, [], now=NOW, run=1)
        with pytest.raises(MismatchError, match="run 'engine rebuild' again"):
            draft_changes(lock, first, [])
        del made
    assert open_live(layout).name == other.name


def test_changes_after_a_rollback_start_from_what_is_live(layout):
    first = publish_one(layout, n=700, kind="ivf-flat")
    change(first, [block([100_000], seed=1)])
    back = under_lock(rollback, layout)
    third = change(back, [block([200_000], seed=2)])
    assert 100_000 not in third.keys
    assert 200_000 in third.keys
    assert verify(layout) == []


@pytest.mark.usefixtures("small_shards")
def test_only_what_is_read_is_checked_and_damage_in_it_is_named(layout):
    name = publish_one(layout, n=200).name
    path = layout.generation(name).shard(SMALL_SHARD)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1  # the last run of the second shard
    path.write_bytes(data)
    generation = open_live(layout)
    generation.vectors(Rows(np.arange(2 * SMALL_SHARD - SMALL_RUN)))
    generation.vectors(Rows(np.arange(2 * SMALL_SHARD, 200)))
    with pytest.raises(DamagedError, match=rf"{path.name} was altered near row 48.*rollback"):
        generation.vectors(Rows(np.array([3, 2 * SMALL_SHARD - 1])))
    assert [path.name in problem for problem in verify(layout)] == [True]


@pytest.mark.usefixtures("small_shards")
@given(data=st.data())
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_mapped_rows_are_indexed_as_an_array_is(tmp_path_factory, data):
    layout = Layout(tmp_path_factory.mktemp("base"))
    given_rows = rows(data.draw(st.sampled_from([0, 1, 63, 64, 65, 200])))
    with locked(layout) as lock:
        made = draft(lock, [given_rows], centring=b"")
    mapped = made.rows.vectors
    assert isinstance(mapped, MappedVectors)
    array = given_rows.vectors.astype(np.float16).astype(np.float32)
    assert mapped.shape == array.shape
    assert len(mapped) == len(array)
    n_rows = len(array)
    if n_rows:
        drawn = data.draw(st.lists(st.integers(0, n_rows - 1), max_size=40))
        chosen = Rows(np.array(drawn, np.int64))
        np.testing.assert_array_equal(mapped[chosen], array[chosen])
    part = slice(data.draw(st.integers(0, n_rows)), data.draw(st.integers(0, n_rows + 9)))
    np.testing.assert_array_equal(mapped[part], array[part])
    assert mapped[part].flags.c_contiguous


def test_a_draft_of_nothing_new_equals_its_base(layout):
    live = publish_one(layout, n=700, kind="ivf-pq")
    again = change(live, [])
    np.testing.assert_array_equal(again.keys, live.keys)
    np.testing.assert_array_equal(again.vectors(), live.vectors())
    queries = unit_rows(20, 16, seed=0)
    np.testing.assert_array_equal(
        again.index.search(queries, 5).rows, live.index.search(queries, 5).rows
    )
