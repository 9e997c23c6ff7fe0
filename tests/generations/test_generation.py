"""Publishing, opening and verifying."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.disk.files import check_content
from engine.disk.layout import STAGING_PREFIX, Layout
from engine.domain import UNDATED, EncoderSpec, Keys, Rows, Seconds
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from engine.generations.drafting import draft
from engine.generations.generation import ROWS_OF_A_SPAN, Generation, live_name, open_live
from engine.generations.manifest import SCHEMA_VERSION
from engine.generations.staging import RowBlock
from engine.generations.upkeep import list_generations, rollback, verify
from engine.index.faiss_build import KINDS
from engine.index.vectors import sampled_rows
from tests.generations.cases import (
    FINGERPRINT,
    NOW,
    draft_one,
    flip,
    locked,
    publish_draft,
    publish_one,
    publish_rows,
    republish,
    rows,
    story,
    under_lock,
    unit_rows,
)

FILES = (
    "manifest.json",
    "keys.npy",
    "published.npy",
    "revisions.npy",
    "checksums.npy",
    "embeddings-000000000000.npy",
    "index.faiss",
    "centring.npz",
    "stories.jsonl",
)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def use(layout):
    """Open the live generation and use all of it."""
    return use_all(open_live(layout))


def use_all(generation):
    return (
        generation.index.search(generation.vectors()[:1], 3),
        generation.stories(),
        generation.centring,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_published_is_what_is_opened(layout, kind):
    given = rows(n=700)
    with locked(layout) as lock:
        made = draft(lock, [given], centring=b"centring", kind=kind)
        queries = unit_rows(9, 16, seed=0)
        before = made.content.index.search(queries, 5)
        published = publish_draft(lock, made, n_stories=3)
    opened = open_live(layout)
    assert opened.name == published.name == live_name(layout)
    for name in ("keys", "published", "revisions"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(given, name))
        assert not getattr(opened, name).flags.writeable
    np.testing.assert_allclose(opened.vectors(), given.vectors, atol=3e-4)  # half precision
    np.testing.assert_array_equal(
        opened.vectors(Rows(np.array([5, 0]))), given.vectors[[5, 0]].astype(np.float16)
    )
    assert opened.centring == b"centring"
    assert opened.stories() == [story(number) for number in range(3)]
    np.testing.assert_array_equal(opened.index.search(queries, 5).rows, before.rows)
    manifest = opened.manifest
    assert (manifest.fingerprint, manifest.encoder) == (FINGERPRINT, EncoderSpec("hashing"))
    assert (manifest.n_articles, manifest.n_stories, manifest.dim) == (700, 3, 16)
    assert (manifest.n_stored, manifest.n_centred, manifest.run) == (700, 700, 3)
    assert (manifest.index_kind, manifest.index_parameters) == (kind, made.content.index.parameters)
    assert manifest.audit.recall > 0.9
    assert manifest.created == NOW
    more = set() if kind == "flat" else {"truth.npz", "sampled.npy"}
    assert set(manifest.files) == set(FILES) - {"manifest.json"} | more
    assert verify(layout) == []


@pytest.mark.parametrize("kind", KINDS)
def test_sampled_vectors_are_those_of_the_rows_from_whichever_file(layout, kind):
    publish_rows(layout, [rows(n=1300)], kind=kind)
    opened = open_live(layout)
    checked = opened.rows._checked.any()
    np.testing.assert_array_equal(opened.sampled, opened.vectors(sampled_rows(1300)))
    assert not checked


@given(n_rows=st.integers(0, 3 * ROWS_OF_A_SPAN), seed=st.integers(0, 99), earliest=st.integers())
@settings(deadline=None, max_examples=40)
def test_rows_of_a_span_of_time_are_those_that_were_published_in_it(n_rows, seed, earliest):
    random = np.random.default_rng(seed)
    published = np.sort(random.integers(0, 10**6, n_rows))
    some = random.integers(0, n_rows, n_rows // 9) if n_rows else []
    published[some] = random.choice([UNDATED, 0, 10**6], len(some))  # not all in their order
    earliest, latest = earliest % 10**6, earliest % 10**6 + 10**4
    unread: Any = None
    keys = Keys(np.arange(n_rows))
    opened = Generation(unread, unread, keys, Seconds(published), unread, unread, unread)
    expected = np.flatnonzero((published >= earliest) & (published <= latest))
    np.testing.assert_array_equal(opened.rows_between(earliest, latest), expected)


def test_blocks_may_come_in_any_order_but_each_key_once(layout):
    given = rows(n=30)
    places = np.random.default_rng(5).permutation(30)
    parts = [
        RowBlock(*(getattr(given, f.name)[part] for f in dataclasses.fields(given)))
        for part in np.split(places, [4, 4, 17])
    ]
    publish_rows(layout, parts)
    with pytest.raises(InputError, match=f"got {parts[0].keys.min()} twice"):
        publish_rows(layout, [given, parts[0]])
    opened = open_live(layout)
    np.testing.assert_array_equal(opened.keys, given.keys)
    np.testing.assert_array_equal(opened.published, given.published)
    np.testing.assert_array_equal(opened.vectors(), given.vectors.astype(np.float16))
    assert opened.index.search(given.vectors[:3], 1).rows.ravel().tolist() == [0, 1, 2]


def test_lines_are_kept_of_the_stories_that_were_given(layout):
    generation = publish_one(layout, n_stories=2)
    assert generation.lines_of_stories() == {}
    stories = generation.stories()
    assert list(map(id, generation.stories())) == list(map(id, stories))
    content = (layout.generation(generation.name).stories).read_bytes()
    assert [generation.lines_of_stories()[id(one)] for one in stories] == content.splitlines()
    stories.clear()
    assert len(generation.stories()) == 2


def test_an_empty_base_can_be_published(layout):
    generation = publish_one(layout, n=0, n_stories=0)
    assert len(open_live(layout)) == 0
    assert generation.stories() == []
    assert generation.rows_of(np.array([3])).tolist() == [-1]
    assert (generation.index.search(unit_rows(1, 16), 2).rows == -1).all()
    assert verify(layout) == []


def test_rows_of_finds_keys_and_says_which_are_missing(layout):
    given = dataclasses.replace(rows(n=3), keys=np.array([2, 5, 9]))
    generation = publish_rows(layout, [given])
    assert generation.rows_of(np.array([9, 1, 5, 6, 10, 2])).tolist() == [2, -1, 1, -1, -1, 0]


def test_other_stories_share_the_files_of_their_parent(layout):
    first = publish_one(layout)
    second = republish(first, [story(7), story(8)], run=3)
    assert open_live(layout).stories() == [story(7), story(8)]
    assert first.stories() == [story(0)]
    assert second.manifest.parent == first.name
    assert (second.manifest.n_stories, second.manifest.run) == (2, 3)
    for file in set(FILES) - {"manifest.json", "stories.jsonl"}:
        inodes = {(layout.generation(g.name).folder / file).stat().st_ino for g in (first, second)}
        assert len(inodes) == 1, file
    assert verify(layout) == []


def test_what_two_generations_share_is_checked_once(layout, monkeypatch):
    first = publish_one(layout)
    used = (first.index, first.vectors(), first.centring)
    republish(first, [story(7)])
    checked = []

    def checking(name, file, *given, **options):
        checked.append(file)
        return check_content(name, file, *given, **options)

    monkeypatch.setattr("engine.generations.open_files.check_content", checking)
    monkeypatch.setattr("engine.index.vectors.zlib", None)  # no run of rows is summed up
    second = open_live(layout, first)
    assert (second.vectors() == used[1]).all()
    assert second.centring == used[2]
    assert second.index.n_stored == used[0].n_stored
    assert second.stories() == [story(7)]
    assert checked == ["stories.jsonl"]


@pytest.mark.parametrize("file", FILES)
def test_what_only_seems_shared_is_checked(layout, file):
    first = publish_one(layout)
    assert use(layout)
    first.check()
    second = republish(first, [story(7)])
    path = layout.generation(second.name).folder / file
    content = path.read_bytes()
    path.unlink()  # which leaves that of the first as it is
    path.write_bytes(content)
    flip(path, 8 * path.stat().st_size // 2)
    with pytest.raises(DamagedError, match=file):
        use_all(open_live(layout, first))
    use_all(first)


def test_rows_that_came_since_are_checked(layout):
    first = publish_one(layout)
    first.vectors()
    name = publish_one(layout, seed=1).name
    assert (open_live(layout, first).vectors() == open_live(layout).vectors()).all()
    path = layout.generation(name).folder / "embeddings-000000000000.npy"
    flip(path, 8 * path.stat().st_size // 2)
    with pytest.raises(DamagedError, match="embeddings"):
        open_live(layout, first).vectors()


def test_files_are_copied_where_there_are_no_hard_links(layout, monkeypatch):
    def refuse(_self, _target):
        raise PermissionError("no hard links here")

    first = publish_one(layout)
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    republish(first, [])
    assert verify(layout) == []


def test_stories_of_a_generation_that_is_no_longer_live_are_refused(layout):
    first = publish_one(layout)
    second = publish_one(layout, seed=1)
    with pytest.raises(MismatchError, match="run 'engine cluster' again"):
        republish(first, [])
    assert live_name(layout) == second.name


def test_names_go_up_even_when_the_clock_goes_back(layout):
    yesterday = NOW - timedelta(days=1)
    names = [publish_one(layout).name]
    names += [publish_one(layout, seed=seed, now=yesterday).name for seed in range(3)]
    assert names == sorted(names)
    assert [entry.name for entry in list_generations(layout)] == names


def test_nothing_published_says_what_to_run(layout):
    with pytest.raises(NotFoundError, match="run 'engine rebuild' first"):
        open_live(layout)
    assert list_generations(layout) == []


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("harm", ["missing", "truncated", "longer", "flipped"])
def test_a_harmed_file_is_named_with_the_way_out(layout, file, harm):
    sound = publish_one(layout)
    name = publish_one(layout, seed=1).name
    path = layout.generation(name).folder / file
    if harm == "missing":
        path.unlink()
    elif harm == "truncated":
        path.write_bytes(path.read_bytes()[:-1])
    elif harm == "longer":
        path.write_bytes(path.read_bytes() + b"\0")
    else:
        flip(path, 8 * path.stat().st_size // 2)
    with pytest.raises(DamagedError, match=rf"{file}.*'engine rollback'.*'engine rebuild'"):
        use(layout)
    problems = verify(layout)
    assert len(problems) == 1
    assert file in problems[0]
    assert under_lock(rollback, layout).name == sound.name
    use(layout)


@pytest.mark.parametrize("seed", range(27))
def test_any_flipped_bit_is_noticed_on_use(layout, seed):
    random = np.random.default_rng(seed)
    folder = layout.generation(publish_one(layout, n=5).name).folder
    path = folder / FILES[seed % len(FILES)]
    flip(path, int(random.integers(8 * path.stat().st_size)))
    with pytest.raises(DamagedError, match=path.name):
        use(layout)


def test_a_missing_pointer_is_named_and_rollback_restores_the_newest(layout):
    publish_one(layout)
    newest = publish_one(layout, seed=1)
    layout.current.unlink()
    with pytest.raises(DamagedError, match=r"CURRENT is missing.*'engine rollback'"):
        open_live(layout)
    assert len(verify(layout)) == 1
    assert under_lock(rollback, layout).name == newest.name


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"../../etc\n", b"20200101T000000.0Z-0\n"])
def test_a_broken_pointer_is_refused(layout, text):
    publish_one(layout)
    layout.current.write_bytes(text)
    with pytest.raises(DamagedError, match="'engine rollback'"):
        open_live(layout)
    assert len(verify(layout)) == 1


def rename_for(layout, name, values):
    """Write `values` as the manifest of `name`, under the name that is right for it."""
    bytes_ = (json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    from engine.generations.manifest import name_of

    new = name_of(bytes_, datetime.now(UTC))
    layout.generation(name).manifest.write_bytes(bytes_)
    layout.generation(name).folder.rename(layout.generation(new).folder)
    layout.current.write_text(new)
    return new


def test_a_newer_schema_says_upgrade(layout):
    old = publish_one(layout)
    name = publish_one(layout, seed=1).name
    values = json.loads(layout.generation(name).manifest.read_text())
    rename_for(layout, name, values | {"schema": SCHEMA_VERSION + 1, "novel": 1})
    with pytest.raises(MismatchError, match=f"schema {SCHEMA_VERSION + 1}.*upgrade the engine"):
        open_live(layout)
    assert under_lock(rollback, layout).name == old.name


def test_a_generation_of_schema_1_is_used_and_checked(layout):
    name = publish_one(layout).name
    values = json.loads(layout.generation(name).manifest.read_text())
    for record in values["files"].values():
        del record["sums"]
    name = rename_for(layout, name, values | {"schema": 1})
    use(layout)
    assert open_live(layout).name.rpartition("-")[2] == name.rpartition("-")[2]
    assert verify(layout) == []
    path = layout.generation(name).index
    flip(path, 8 * path.stat().st_size // 2)
    with pytest.raises(DamagedError, match=r"index\.faiss"):
        use(layout)


@pytest.mark.parametrize("values", [{}, [], {"schema": SCHEMA_VERSION}, {"schema": "x"}])
def test_a_manifest_that_is_none_is_refused(layout, values):
    name = rename_for(layout, publish_one(layout).name, values)
    with pytest.raises(DamagedError, match=r"manifest\.json"):
        open_live(layout)
    assert layout.generation(name).folder.is_dir()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keys": np.array([1, 2])}, r"keys as int64 of shape \(3,\)"),
        ({"published": np.zeros(3)}, "published as int64"),
        ({"revisions": np.zeros(3)}, "revisions as int64"),
        ({"vectors": np.ones((3, 16), np.float32)}, "unit rows"),
    ],
)
def test_rows_that_do_not_belong_together_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(rows(n=3), **changes)


def test_there_must_be_something_to_publish(layout):
    with pytest.raises(InputError, match="nothing to publish"):
        publish_rows(layout, [])
    with pytest.raises(InputError, match="expected 16 dimensions, got 8"):
        publish_rows(layout, [rows(n=3), rows(n=3, dim=8, first_key=20)])


def test_a_draft_is_published_once_and_leaves_nothing_behind(layout):
    with locked(layout) as lock:
        made = draft_one(lock)
        publish_draft(lock, made)
        with pytest.raises(InputError, match="this draft is gone"):
            publish_draft(lock, made)
        given_up = draft_one(lock, seed=1)
        assert list(layout.generations.glob(f"{STAGING_PREFIX}*"))
        del given_up
        assert not list(layout.generations.glob(f"{STAGING_PREFIX}*"))
    assert verify(layout) == []
