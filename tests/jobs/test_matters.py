"""The matters that events are stages of, and which of them are shown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import squareform

from engine.domain import Rows, Story
from engine.index.faiss_build import build_index
from engine.jobs.clustering.stages import event_vectors, named_matters
from engine.jobs.lookup.outlines import StoryOutline
from engine.jobs.telling.other_stages import MOST_EVENTS, REACH, nearest_in_time
from engine.stories.matters import LEAST_COSINE, NEIGHBOURS, link_matters

START = datetime(2023, 5, 1, tzinfo=UTC)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def linked(vectors, known=None):
    known = np.arange(len(vectors)) if known is None else np.array(known)
    return link_matters(vectors, build_index(vectors), known)


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 30))
def test_stories_have_the_mean_of_their_vectors_however_many_are_read_at_once(sizes, at_once):
    ends = np.cumsum([0, *sizes])
    random = np.random.default_rng(len(sizes))
    all_rows = random.permutation(ends[-1])
    vectors = unit(random.normal(size=(ends[-1], 8)))
    rows = [Rows(all_rows[start:end]) for start, end in pairwise(ends)]
    asked = []

    def read(some):
        asked.append(len(some))
        return vectors[some]

    found = event_vectors(read, 8, rows, at_once=at_once)
    for mean, own in zip(found, rows, strict=True):
        wanted = vectors[own].sum(axis=0)
        length = np.linalg.norm(wanted[None], axis=1)[0]
        assert np.array_equal(mean, wanted / length if len(own) else np.eye(8)[0])
    assert sum(asked) == ends[-1]
    assert all(n_rows <= max(at_once, *sizes) for n_rows in asked)


def test_matters_link_events_of_one_direction_and_keep_them_apart():
    random = np.random.default_rng(2)
    means = unit(np.repeat(np.eye(32)[:2], 3, axis=0) + 0.08 * random.normal(size=(6, 32)))
    assert linked(means).tolist() == [0, 0, 0, 1, 1, 1]


def test_events_that_are_each_near_to_the_next_do_not_chain():
    """Neighbours on the circle are at cosine 0.97, opposite ones at -1."""
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    means = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    labels = linked(means)
    assert 1 < len(set(labels.tolist())) < 24
    for matter in set(labels.tolist()):
        own = means[labels == matter]
        assert (own @ own.T).mean() >= LEAST_COSINE


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_few_events_are_linked_as_average_link_does(seed):
    random = np.random.default_rng(seed)
    n_events = int(random.integers(2, NEIGHBOURS))
    middles = random.normal(size=(4, 12))
    means = unit(middles[random.integers(0, 4, n_events)] + random.normal(size=(n_events, 12)))
    distances = squareform(np.maximum(0, 1 - means.astype(np.float64) @ means.T), checks=False)
    expected = fcluster(average(distances), 1 - LEAST_COSINE, "distance")
    labels = linked(means)
    together = labels[:, None] == labels
    assert (together == (expected[:, None] == expected)).all()


def test_an_event_without_others_is_a_matter():
    assert linked(np.eye(1, dtype=np.float32)).tolist() == [0]
    assert linked(np.eye(3, dtype=np.float32)).tolist() == [0, 1, 2]


def test_what_is_of_one_matter_stays_so_and_a_new_event_must_be_near_to_all_of_it():
    corners = np.eye(4, dtype=np.float32)
    new = unit(corners[:1] + 0.1 * corners[3:])
    assert linked(np.vstack([corners[:2], new]), [0, 0, 1]).tolist() == [0, 0, 0]
    # At cosine 0.99 to the last stage alone, which is one of four.
    assert linked(np.vstack([corners, new]), [0, 0, 0, 0, 1]).tolist() == [0, 0, 0, 0, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_events_does_not_matter(seed):
    random = np.random.default_rng(seed)
    n_events = int(random.integers(2, 2 * NEIGHBOURS))
    middles = random.normal(size=(4, 12))
    means = unit(middles[random.integers(0, 4, n_events)] + random.normal(size=(n_events, 12)))
    known = np.unique(random.integers(0, n_events, n_events), return_inverse=True)[1]
    order = random.permutation(n_events)
    labels = linked(means, known)
    # Groups are numbered anew, as they would be.
    again = linked(means[order], np.unique(known[order], return_inverse=True)[1])
    together = labels[order][:, None] == labels[order]
    assert (together == (again[:, None] == again)).all()


def named(days, labels, before):
    return named_matters(
        [story(name, day) for name, day in days.items()],
        np.array(labels),
        before,
        fresh=lambda first: f"m-{first}",
    )


def test_a_matter_is_named_after_its_earliest_story_and_one_alone_is_none():
    assert named({"b": 2, "a": 9, "c": 1}, [0, 0, 1], {}) == {"b": "m-b", "a": "m-b"}


def test_a_matter_keeps_its_id_and_the_larger_one_survives_with_all_its_stories():
    before = {"a": "old", "b": "large", "c": "large", "gone": "old"}
    days = {"a": 1, "b": 2, "c": 3, "new": 0}
    assert named(days, [0, 1, 1, 1], before) == before | {"new": "large"}
    after = named(days, [0, 0, 0, 1], before | {"d": "large"})
    assert after == dict.fromkeys(["a", "b", "c", "d", "gone"], "large")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_no_story_leaves_its_matter_but_with_all_of_it(seed):
    random = np.random.default_rng(seed)
    days = {f"s{number}": int(random.integers(0, 9)) for number in range(8)}
    before = {name: f"m{random.integers(0, 3)}" for name in days if random.random() < 0.6}
    groups = [before.get(name, name) for name in days]
    joined = {name: random.integers(0, 4) for name in groups}
    after = named(days, [joined[name] for name in groups], before)
    assert before.keys() <= after.keys()
    for matter in set(before.values()):
        assert len({after[name] for name, own in before.items() if own == matter}) == 1
    names_of = [str(name) for name in random.permutation(list(days))]
    shuffled = {name: days[name] for name in names_of}
    order = [joined[before.get(name, name)] for name in names_of]
    assert named(shuffled, order, before) == after


def story(name, day):
    when = None if day is None else START + timedelta(days=day)
    return Story(name, ("a",), name, ("en",), ("Daily",), when, when, 1.0, (), (1.0,))


def other(name, day):
    when = None if day is None else START + timedelta(days=day)
    return StoryOutline(name, name, ("en",), ("Daily",), when, when, 2, 1, 1, 1.0, (), ())


def names(stories):
    return [each.id for each in stories]


def test_the_nearest_in_time_are_shown_oldest_first():
    others = [other(f"s{day:03d}", day) for day in range(0, 200, 10)]
    found = nearest_in_time(story("mine", 101), others)
    assert names(found.shown) == [f"s{day:03d}" for day in range(60, 160, 10)]
    assert len(found.shown) == MOST_EVENTS
    assert names(found.more) == [f"s{day:03d}" for day in (*range(0, 60, 10), *range(160, 200, 10))]


def test_what_is_out_of_reach_is_not_shown_however_few_there_are():
    far = REACH.days + 1
    found = nearest_in_time(story("mine", 0), [other("far", far), other("near", far - 1)])
    assert (names(found.shown), names(found.more)) == (["near"], ["far"])


def test_undated_stories_come_after_dated_ones():
    undated = [other(f"u{number:02d}", None) for number in range(MOST_EVENTS)]
    found = nearest_in_time(story("mine", 0), [*undated, other("dated", 300)])
    assert names(found.shown) == ["dated", *names(undated[:-1])]
    assert names(found.more) == names(undated[-1:])
    assert names(nearest_in_time(story("u", None), [other("dated", 0)]).shown) == ["dated"]
