import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.same_event.candidates import nearest_neighbours
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms
from engine.stories.description import describe
from engine.stories.partition import cluster, judge_near
from engine.workers.local import LocalExecutor
from tests.stories.cases import DAY, ExactIndex, blobs, window_of


def same_partition(left, right):
    def pairs(labels):
        labels = np.asarray(labels)
        return (labels[:, None] == labels) & (labels[:, None] >= 0)

    return bool((pairs(left) == pairs(right)).all())


def test_events_that_are_apart_are_found_exactly():
    vectors, gold = blobs(1)
    window = window_of(vectors)
    assert same_partition(cluster(window, ExactIndex).labels, gold)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_partition_does_not_depend_on_order(seed):
    vectors, _ = blobs(seed, noise=0.8)
    window = window_of(vectors)
    order = np.random.default_rng(seed).permutation(len(vectors))
    shuffled = window.take(order)
    straight = cluster(window, ExactIndex).labels
    assert same_partition(straight[order], cluster(shuffled, ExactIndex).labels)


def test_an_article_without_a_like_is_in_no_story():
    vectors, _ = blobs(3)
    lonely = np.zeros((1, vectors.shape[1]))
    lonely[0, 0] = 1
    window = window_of(np.concatenate([vectors - vectors.mean(0), lonely]))
    assert cluster(window, ExactIndex).labels[-1] < 0


def test_the_loosest_member_of_a_story_is_the_least_sure():
    """One article of each event leans to another event; the rest are close together."""
    vectors, gold = blobs(6, noise=0.1)
    loose = np.arange(len(gold)) % 5 == 0
    vectors[loose] += 0.4 * np.roll(vectors, 5, axis=0)[loose]
    clustering = cluster(window_of(vectors), ExactIndex)
    assert same_partition(clustering.labels, gold)
    assert ((clustering.strengths > 0) & (clustering.strengths <= 1)).all()
    assert (clustering.strengths.reshape(6, 5).argmin(axis=1) == 0).all()


def test_dates_far_apart_part_what_reads_alike():
    vectors, _ = blobs(4, n_events=2, n_each=4, noise=0.05)
    published = np.tile([0.0, 0.0, 400 * DAY, 400 * DAY], 2)
    window = window_of(vectors, published)
    assert len(set(cluster(window, ExactIndex).labels)) == 4


@pytest.mark.parametrize("n_articles", [0, 1])
def test_too_few_articles_make_no_story(n_articles):
    window = window_of(np.ones((n_articles, 4)))
    clustering = cluster(window, ExactIndex)
    assert clustering.labels.tolist() == [-1] * n_articles
    assert describe(window, clustering, ["a"][:n_articles], [], LocalExecutor()) == []


def test_stories_are_described_with_medoid_first_and_their_own_words():
    vectors, gold = blobs(5, n_events=3, n_each=3)
    words = ["Earthquake shakes Lisbon", "Striker signs contract", "Parliament rejects budget"]
    titles = [f"{words[event]} again {chr(97 + i) * 4}" for i, event in enumerate(gold)]
    window = window_of(vectors, np.arange(9) * DAY, titles)
    ids = [f"id{i}" for i in range(9)]
    clustering = cluster(window, ExactIndex)
    stories = describe(window, clustering, ids, ["s-0", "s-1", "s-2"], LocalExecutor())
    assert [len(story.article_ids) for story in stories] == [3, 3, 3]
    story = next(s for s in stories if "id0" in s.article_ids)
    assert story.headline == titles[ids.index(story.article_ids[0])]
    assert {"earthquake", "lisbon"} <= set(story.keywords)
    assert "again" not in story.keywords
    assert story.id == f"s-{clustering.labels[0]}"
    assert story.started is not None
    assert story.ended is not None
    assert (story.ended - story.started).days == 2


def test_parts_of_different_length_are_refused():
    with pytest.raises(InputError, match="differ in length"):
        Window(["a"], [], ["en"], [""], np.zeros(1), np.ones((1, 2), dtype=np.float32))
    window = window_of(np.ones((3, 4)))
    with pytest.raises(InputError, match="one of each"):
        describe(window, cluster(window, ExactIndex), ["a"], [], LocalExecutor())


def test_names_are_found_while_neighbours_are_searched_for(monkeypatch):
    found, of = threading.Event(), WindowTerms.of

    def told(*given):
        terms = of(*given)
        found.set()
        return terms

    def nearest_of(view):
        assert found.wait(60)
        return nearest_neighbours(view, ExactIndex(view.vectors))

    monkeypatch.setattr(WindowTerms, "of", told)
    vectors, _ = blobs(2)
    assert len(judge_near(window_of(vectors), nearest_of).pairs)
