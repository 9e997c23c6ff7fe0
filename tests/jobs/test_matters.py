"""The matters that events are stages of, and which of them are shown."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import squareform

from engine.domain import Story
from engine.index.faiss_build import build_index
from engine.jobs.stages import MOST_EVENTS, REACH, nearest_in_time
from engine.stories.matters import LEAST_COSINE, NEIGHBOURS, link_matters

START = datetime(2023, 5, 1, tzinfo=UTC)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def linked(vectors):
    return link_matters(vectors, build_index(vectors))


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


def story(name, day):
    when = None if day is None else START + timedelta(days=day)
    return Story(name, ("a",), name, ("en",), ("Daily",), when, when, 1.0, (), (1.0,))


def names(stories):
    return [each.id for each in stories]


def test_the_nearest_in_time_are_shown_oldest_first():
    others = [story(f"s{day:03d}", day) for day in range(0, 200, 10)]
    found = nearest_in_time(story("mine", 101), others)
    assert names(found.shown) == [f"s{day:03d}" for day in range(60, 160, 10)]
    assert len(found.shown) == MOST_EVENTS
    assert names(found.more) == [f"s{day:03d}" for day in (*range(0, 60, 10), *range(160, 200, 10))]


def test_what_is_out_of_reach_is_not_shown_however_few_there_are():
    far = REACH.days + 1
    found = nearest_in_time(story("mine", 0), [story("far", far), story("near", far - 1)])
    assert (names(found.shown), names(found.more)) == (["near"], ["far"])


def test_undated_stories_come_after_dated_ones():
    undated = [story(f"u{number:02d}", None) for number in range(MOST_EVENTS)]
    found = nearest_in_time(story("mine", 0), [*undated, story("dated", 300)])
    assert names(found.shown) == ["dated", *names(undated[:-1])]
    assert names(found.more) == names(undated[-1:])
    assert names(nearest_in_time(undated[0], [story("dated", 0)]).shown) == ["dated"]
