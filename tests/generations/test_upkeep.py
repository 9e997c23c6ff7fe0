"""What a generation is written as; going back, pruning and listing."""

import numpy as np
import pytest

from engine.disk.layout import STAGING_PREFIX, Layout
from engine.errors import DamagedError, InputError, NotFoundError
from engine.generations.generation import live_name
from engine.generations.manifest import decode_manifest
from engine.generations.stories_file import Stories, encode_stories
from engine.generations.upkeep import list_generations, prune, rollback, verify
from tests.generations.cases import flip, publish_one, story, under_lock


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def test_rollback_goes_to_the_one_before_or_the_one_named(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(3)]
    assert under_lock(rollback, layout).name == names[1] == live_name(layout)
    assert under_lock(rollback, layout).name == names[0]
    with pytest.raises(NotFoundError, match="no sound generation before"):
        under_lock(rollback, layout)
    assert under_lock(rollback, layout, names[2]).name == names[2] == live_name(layout)
    with pytest.raises(NotFoundError, match=names[1]):
        under_lock(rollback, layout, "nonsense")


def test_rollback_passes_over_a_damaged_generation_and_refuses_it_by_name(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(3)]
    flip(layout.generation(names[1]).keys, 1500)
    with pytest.raises(DamagedError, match=r"keys\.npy"):
        under_lock(rollback, layout, names[1])
    assert live_name(layout) == names[2]
    assert under_lock(rollback, layout).name == names[0]


def test_prune_keeps_the_newest_the_live_one_and_its_parent(layout):
    names = [publish_one(layout, seed=seed).name for seed in range(6)]
    under_lock(rollback, layout, names[2])
    assert under_lock(prune, layout, keep=2) == [names[0], names[3]]
    assert [entry.name for entry in list_generations(layout)] == [*names[1:3], *names[4:]]
    assert [entry.live for entry in list_generations(layout)] == [False, True, False, False]
    with pytest.raises(InputError, match="at least 1"):
        under_lock(prune, layout, keep=0)
    assert verify(layout) == []


def test_prune_deletes_nothing_when_nothing_is_live(layout):
    publish_one(layout)
    layout.current.unlink()
    with pytest.raises(DamagedError):
        under_lock(prune, layout, keep=1)
    assert len(list_generations(layout)) == 1


def test_a_reader_keeps_a_generation_across_publications_and_pruning(layout):
    reader = publish_one(layout, n=30, n_stories=2)
    expected = reader.vectors().copy()
    for seed in range(1, 51):
        publish_one(layout, n=10, seed=seed)
        under_lock(prune, layout, keep=1)
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


def test_the_manifest_survives_its_own_codec(layout):
    manifest = publish_one(layout).manifest
    assert decode_manifest(manifest.encode(), manifest.name) == manifest


def test_stories_survive_their_codec():
    stories = [story(number) for number in range(3)]
    assert list(Stories(encode_stories(stories), "g").values()) == stories
