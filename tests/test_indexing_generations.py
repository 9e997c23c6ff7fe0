"""Publishing, opening, going back, pruning and verifying."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from indexing_cases import FINGERPRINT, content, publish_one, story, unit_rows

from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from engine.indexing import (
    UNDATED,
    GenerationContent,
    Layout,
    build_index,
    list_generations,
    live_name,
    open_live,
    prune,
    publish,
    publish_stories,
    rollback,
    verify,
)
from engine.indexing.layout import STAGING_PREFIX
from engine.indexing.manifest import SCHEMA_VERSION, decode_manifest
from engine.indexing.stories_file import decode_stories, encode_stories

FILES = (
    "manifest.json",
    "keys.npy",
    "published.npy",
    "embeddings.npy",
    "index.faiss",
    "centring.npz",
    "stories.jsonl",
)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def use(layout):
    """Open the live generation and use all of it."""
    generation = open_live(layout)
    return (
        generation.index.search(generation.vectors()[:1], 3),
        generation.stories(),
        generation.centring,
    )


def flip(path, bit):
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


@pytest.mark.parametrize("kind", ["flat", "ivf-flat", "ivf-pq"])
def test_what_was_published_is_what_is_opened(layout, kind):
    given = content(n=700, kind=kind, n_stories=3)
    published = publish(layout, given, fingerprint=FINGERPRINT, encoder=EncoderSpec("hashing"))
    opened = open_live(layout)
    assert opened.name == published.name == live_name(layout)
    np.testing.assert_array_equal(opened.keys, given.keys)
    np.testing.assert_array_equal(opened.published, given.published)
    np.testing.assert_array_equal(opened.vectors(), given.index.vectors)
    np.testing.assert_array_equal(opened.vectors(np.array([5, 0])), given.index.vectors[[5, 0]])
    assert opened.centring == given.centring
    assert opened.stories() == list(given.stories)
    queries = unit_rows(9, 16, seed=0)
    np.testing.assert_array_equal(
        opened.index.search(queries, 5).rows, given.index.search(queries, 5).rows
    )
    manifest = opened.manifest
    assert (manifest.fingerprint, manifest.encoder) == (FINGERPRINT, EncoderSpec("hashing"))
    assert (manifest.n_articles, manifest.n_stories, manifest.dim) == (700, 3, 16)
    assert (manifest.index_kind, manifest.index_parameters) == (kind, given.index.parameters)
    assert manifest.audit.recall > 0.9
    assert set(manifest.files) == set(FILES) - {"manifest.json"}
    assert verify(layout) == []


def test_arrays_of_a_generation_cannot_be_written(layout):
    generation = publish_one(layout)
    for array in (generation.keys, generation.published, generation.vectors()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_an_empty_base_can_be_published(layout):
    generation = publish_one(layout, n=0, n_stories=0)
    assert len(open_live(layout)) == 0
    assert generation.stories() == []
    assert generation.rows_of(np.array([3])).tolist() == [-1]
    assert (generation.index.search(unit_rows(1, 16), 2).rows == -1).all()
    assert verify(layout) == []


def test_rows_of_finds_keys_and_says_which_are_missing(layout):
    given = dataclasses.replace(content(n=3), keys=np.array([2, 5, 9]))
    generation = publish(layout, given, fingerprint=FINGERPRINT, encoder=EncoderSpec())
    assert generation.rows_of(np.array([9, 1, 5, 6, 10, 2])).tolist() == [2, -1, 1, -1, -1, 0]


def test_other_stories_share_the_files_of_their_parent(layout):
    first = publish_one(layout)
    second = publish_stories(first, [story(7), story(8)], run=3)
    assert open_live(layout).stories() == [story(7), story(8)]
    assert first.stories() == [story(0)]
    assert second.manifest.parent == first.name
    assert second.manifest.n_stories == 2
    for file in set(FILES) - {"manifest.json", "stories.jsonl"}:
        inodes = {(layout.generation(g.name).folder / file).stat().st_ino for g in (first, second)}
        assert len(inodes) == 1, file
    assert verify(layout) == []


def test_files_are_copied_where_there_are_no_hard_links(layout, monkeypatch):
    def refuse(_self, _target):
        raise PermissionError("no hard links here")

    first = publish_one(layout)
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    publish_stories(first, [], run=1)
    assert verify(layout) == []


def test_stories_of_a_generation_that_is_no_longer_live_are_refused(layout):
    first = publish_one(layout)
    second = publish_one(layout, seed=1)
    with pytest.raises(MismatchError, match="run 'engine cluster' again"):
        publish_stories(first, [], run=1)
    assert live_name(layout) == second.name


def test_names_go_up_even_when_the_clock_goes_back(layout, monkeypatch):
    names = [publish_one(layout).name]

    class Yesterday(datetime):
        @classmethod
        def now(cls, zone):
            return datetime.now(zone) - timedelta(days=1)

    monkeypatch.setattr("engine.indexing.publishing.datetime", Yesterday)
    names += [publish_one(layout, seed=seed).name for seed in range(3)]
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
    assert rollback(layout).name == sound.name
    use(layout)


@pytest.mark.parametrize("seed", range(40))
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
    assert rollback(layout).name == newest.name


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"../../etc\n", b"20200101T000000.0Z-0\n"])
def test_a_broken_pointer_is_refused(layout, text):
    publish_one(layout)
    layout.current.write_bytes(text)
    with pytest.raises(DamagedError, match="'engine rollback'"):
        open_live(layout)
    assert len(verify(layout)) == 1


def rename_for(layout, name, values):
    """Write `values` as the manifest of `name`, under the name that is right for it."""
    bytes_ = json.dumps(values).encode()
    from engine.indexing.manifest import name_of

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
    assert rollback(layout).name == old.name


@pytest.mark.parametrize("values", [{}, [], {"schema": SCHEMA_VERSION}, {"schema": "x"}])
def test_a_manifest_that_is_none_is_refused(layout, values):
    name = rename_for(layout, publish_one(layout).name, values)
    with pytest.raises(DamagedError, match=r"manifest\.json"):
        open_live(layout)
    assert layout.generation(name).folder.is_dir()


def test_the_manifest_survives_its_own_codec(layout):
    manifest = publish_one(layout).manifest
    assert decode_manifest(manifest.encode(), manifest.name) == manifest


def test_stories_survive_their_codec():
    stories = [story(number) for number in range(3)]
    assert decode_stories(encode_stories(stories)) == stories


def test_rollback_goes_to_the_one_before_or_the_one_named(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(3)]
    assert rollback(layout).name == names[1] == live_name(layout)
    assert rollback(layout).name == names[0]
    with pytest.raises(NotFoundError, match="no sound generation before"):
        rollback(layout)
    assert rollback(layout, names[2]).name == names[2] == live_name(layout)
    with pytest.raises(NotFoundError, match=names[1]):
        rollback(layout, "nonsense")


def test_rollback_passes_over_a_damaged_generation_and_refuses_it_by_name(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(3)]
    flip(layout.generation(names[1]).keys, 1500)
    with pytest.raises(DamagedError, match=r"keys\.npy"):
        rollback(layout, names[1])
    assert live_name(layout) == names[2]
    assert rollback(layout).name == names[0]


def test_prune_keeps_the_newest_the_live_one_and_its_parent(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(6)]
    rollback(layout, names[2])
    assert prune(layout, keep=2) == [names[0], names[3]]
    assert [entry.name for entry in list_generations(layout)] == [*names[1:3], *names[4:]]
    assert [entry.live for entry in list_generations(layout)] == [False, True, False, False]
    with pytest.raises(InputError, match="at least 1"):
        prune(layout, keep=0)
    assert verify(layout) == []


def test_prune_deletes_nothing_when_nothing_is_live(layout):
    publish_one(layout)
    layout.current.unlink()
    with pytest.raises(DamagedError):
        prune(layout, keep=1)
    assert len(list_generations(layout)) == 1


def test_a_reader_keeps_a_generation_across_publications_and_pruning(layout):
    reader = publish_one(layout, n=30, n_stories=2)
    expected = reader.vectors().copy()
    for seed in range(1, 51):
        publish_one(layout, n=10, seed=seed)
        prune(layout, keep=1)
    assert not layout.generation(reader.name).folder.exists()
    # The index, stories and centring are read only now.
    assert reader.index.search(expected[:1], 1).rows.tolist() == [[0]]
    assert len(reader.stories()) == 2
    assert reader.centring == b"centring 0"
    np.testing.assert_array_equal(reader.vectors(), expected)


def test_what_a_killed_run_left_is_removed_by_the_next_writer(layout):
    publish_one(layout)
    leftover = layout.generations / f"{STAGING_PREFIX}99999"
    leftover.mkdir()
    (leftover / "embeddings.npy").write_bytes(b"half")
    assert verify(layout) == []
    publish_one(layout, seed=1)
    assert not leftover.exists()


def test_the_list_shows_damage(layout):
    name = publish_one(layout).name
    layout.generation(name).manifest.write_text("{}")
    (entry,) = list_generations(layout)
    assert entry.live
    assert entry.manifest is None
    assert "altered" in entry.problem
    assert entry.n_bytes > 1000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keys": np.array([1, 1, 2])}, "ascending"),
        ({"keys": np.array([3, 1, 2])}, "ascending"),
        ({"keys": np.array([1, 2])}, r"keys as int64 of shape \(3,\)"),
        ({"published": np.zeros(3)}, "published as int64"),
    ],
)
def test_content_that_does_not_belong_together_is_refused(changes, message):
    values = {
        "keys": np.array([1, 2, 3]),
        "published": np.full(3, UNDATED),
        "index": build_index(unit_rows(3, 16)),
        "centring": b"",
    }
    with pytest.raises(InputError, match=message):
        GenerationContent(**values | changes)
