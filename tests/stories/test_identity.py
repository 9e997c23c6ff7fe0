"""Which cluster goes on as which story."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.stories.changes import KnownStory
from engine.stories.constraints import Constraint, corrected, n_regrouped
from engine.stories.identity import article_weights, contested, match_stories


def story(id_, movable, *, born=1, **more):
    return KnownStory(id_, born, frozenset(movable), **more)


def match(known, clusters, weights=None):
    return match_stories(known, clusters, weights or {}, fresh=lambda keys: f"new-{keys[0]}")


def kinds(found):
    return {(event.kind, event.story, event.other) for event in found.events}


def test_a_story_goes_on_where_its_articles_are():
    found = match([story("a", [1, 2, 3])], [[4, 5], [1, 2, 3, 6]])
    assert found.story_of == ("new-4", "a")
    assert kinds(found) == {("born", "new-4", ""), ("grew", "a", "")}


def test_nothing_happens_when_nothing_changes():
    found = match([story("a", [1, 2]), story("b", [3, 4])], [[3, 4], [1, 2], [5]])
    assert found.story_of == ("b", "a", None)
    assert found.events == ()


def test_of_two_that_merge_the_larger_survives():
    found = match(
        [story("old", [1, 2], born=1), story("large", [3, 4, 5], born=2)], [[1, 2, 3, 4, 5]]
    )
    assert found.story_of == ("large",)
    assert found.merged == {"old": "large"}
    assert kinds(found) == {("merged", "old", "large"), ("grew", "large", "")}


def test_of_two_equal_ones_that_merge_the_older_survives():
    known = [story("a-young", [1, 2], born=5), story("old", [3, 4], born=2)]
    for order in itertools.permutations(known):
        assert match(order, [[1, 2, 3, 4]]).story_of == ("old",)


def test_copies_of_one_text_count_once():
    copies = dict.fromkeys(range(10, 20), 0.1)
    known = [story("wire", range(10, 20), born=2), story("own", [1, 2], born=3)]
    assert match(known, [[1, 2, *range(10, 20)]], copies).story_of == ("own",)
    assert match(known, [[1, 2, *range(10, 20)]]).story_of == ("wire",)


def test_the_larger_part_of_a_split_keeps_the_id():
    found = match([story("a", [1, 2, 3, 4, 5])], [[1, 2], [3, 4, 5]])
    assert found.story_of == ("new-1", "a")
    assert kinds(found) == {("split", "new-1", "a"), ("shrank", "a", "")}


def test_a_story_does_not_live_on_in_a_stray_article():
    known = [story("a", range(10)), story("b", range(20, 40))]
    found = match(known, [[*range(9), *range(20, 40)], [9, 50]])
    assert found.merged == {"a": "b"}
    assert found.story_of == ("b", "new-9")


def test_most_articles_keep_their_story_even_if_one_story_has_to_yield():
    # Greedily, x would take the first cluster (5) and y nothing; together 4 + 3 keep more... 7.
    known = [story("x", range(9)), story("y", [20, 21, 22])]
    found = match(known, [[0, 1, 2, 3, 4, 20, 21, 22], [5, 6, 7, 8]])
    assert found.story_of == ("y", "x")


def test_a_story_that_falls_apart_ends_and_can_come_back():
    found = match([story("a", [1, 2])], [[1], [2]])
    assert found.story_of == ("a", None)
    assert kinds(found) == {("ended", "a", "")}
    back = match([story("a", [1], open=False)], [[1, 2]])
    assert back.story_of == ("a",)
    assert kinds(back) == {("reopened", "a", "")}


def test_an_ended_story_is_reopened_by_a_new_article_near_an_old_one():
    found = match([story("a", [], fixed=frozenset({1}), n_elsewhere=4, open=False)], [[1, 9]])
    assert found.story_of == ("a",)
    assert kinds(found) == {("reopened", "a", "")}
    assert found.events[0].n_articles == 6


def test_older_articles_do_not_leave_their_story():
    known = [story("a", [], fixed=frozenset({1}), n_elsewhere=2), story("b", [5, 6])]
    found = match(known, [[1, 5, 6]])
    assert found.story_of == ("b",)
    assert found.events == ()


def test_a_story_with_most_articles_outside_the_window_is_not_merged_away():
    found = match([story("a", [1], n_elsewhere=9), story("b", [2, 3])], [[1, 2, 3]])
    assert found.merged == {}
    assert kinds(found) == {("grew", "b", ""), ("shrank", "a", "")}


@st.composite
def cases(draw):
    n = draw(st.integers(1, 14))
    before = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    after = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    known = [
        story(f"s{label}", [key for key in range(n) if before[key] == label], born=label % 2)
        for label in sorted(set(before) - {-1})
    ]
    clusters = [[key for key in range(n) if after[key] == label] for label in sorted(set(after))]
    return known, clusters


@settings(deadline=None)
@given(cases(), st.randoms())
def test_the_order_of_the_inputs_does_not_matter(case, randoms):
    known, clusters = case
    expected = match(known, clusters)
    of = dict(zip(map(tuple, clusters), expected.story_of, strict=True))
    shuffled = [randoms.sample(keys, len(keys)) for keys in clusters]
    randoms.shuffle(shuffled)
    again = match(randoms.sample(known, len(known)), shuffled)
    assert again.events == expected.events
    assert dict(zip(map(tuple, map(sorted, shuffled)), again.story_of, strict=True)) == of


@settings(deadline=None)
@given(cases())
def test_ids_are_given_once_and_the_counts_add_up(case):
    known, clusters = case
    found = match(known, clusters)
    given_out = [id_ for id_ in found.story_of if id_ is not None]
    assert len(given_out) == len(set(given_out))
    sizes = {s.id: s.n_articles for s in known}
    for event in found.events:
        if event.kind == "merged":
            assert event.other in given_out
        elif event.story in given_out:
            cluster = clusters[found.story_of.index(event.story)]
            assert event.n_articles == len(cluster)
    # Whoever lost its id was merged, and nobody else was.
    assert set(sizes) - set(given_out) == set(found.merged)


@settings(deadline=None)
@given(cases())
def test_no_other_assignment_keeps_more_articles(case):
    known, clusters = case
    shared = np.array([[len(s.movable & set(keys)) for s in known] for keys in clusters])
    if not shared.size:
        return
    allowed = np.where(shared >= 0.5 * shared.max(axis=0, initial=1), shared, 0)
    size = max(allowed.shape)
    square = np.zeros((size, size), int)
    square[: allowed.shape[0], : allowed.shape[1]] = allowed
    best = max(
        sum(square[row, column] for row, column in enumerate(order))
        for order in itertools.permutations(range(size))
    )
    found = match(known, clusters)
    ids = [s.id for s in known]
    kept = sum(shared[row, ids.index(id_)] for row, id_ in enumerate(found.story_of) if id_ in ids)
    assert kept == best


def test_weights_are_one_over_the_number_of_copies():
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 0, 2]]
    weights = article_weights(vectors, np.array([0, 0, 0, -1, -1]))
    assert weights.tolist() == pytest.approx([0.5, 0.5, 1, 1, 1])


def test_a_cluster_that_continues_one_story_whole_is_not_contested():
    labels = np.array([0, 0, 1, 1, 2, 2, 3, -1])
    owners = np.array([0, -1, 1, 2, 3, 3, 3, 4])
    assert contested(labels, owners).tolist() == [False] * 2 + [True] * 5 + [False]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(-1, 4), st.integers(0, 3)), min_size=1, max_size=14
    )
)
def test_only_contested_articles_weigh(rows):
    labels, owners, texts = np.array(rows).T
    known = [
        story(f"s{number}", np.flatnonzero(owners == number).tolist(), born=number)
        for number in np.unique(owners[owners >= 0]).tolist()
    ]
    clusters = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    vectors = np.eye(4, dtype=np.float32)[texts]
    found = [
        match(known, clusters, dict(enumerate(article_weights(vectors, some).tolist())))
        for some in (labels, np.where(contested(labels, owners), labels, -1))
    ]
    assert found[0] == found[1]


def test_what_belongs_together_is_united_without_chaining():
    labels = np.array([0, 0, 1, 1, 2, 2, 2, 2, -1])
    vectors = np.eye(9, dtype=np.float32)
    found = corrected(labels, vectors, [Constraint(Rows(np.array([0, 1, 2, 3, 4, 8])))])
    # Two whole clusters and the lone row; of the third cluster only the row that was named.
    assert len(set(found[[0, 1, 2, 3, 4, 8]].tolist())) == 1
    assert len(set(found[[5, 6, 7]].tolist())) == 1
    assert found[5] != found[0]


def test_what_is_apart_is_parted_and_the_rest_goes_to_the_nearer_side():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    constraint = Constraint(Rows(np.array([0])), Rows(np.array([2])))
    found = corrected(np.zeros(4, np.int64), vectors, [constraint])
    assert found[0] == found[1] != found[2] == found[3]


def test_a_later_correction_wins():
    vectors = np.eye(2, dtype=np.float32)
    together = Constraint(Rows(np.array([0, 1])))
    apart = Constraint(Rows(np.array([0])), Rows(np.array([1])))
    labels = np.array([-1, -1])
    first, second = corrected(labels, vectors, [together, apart])
    assert first != second
    first, second = corrected(labels, vectors, [apart, together])
    assert first == second


def test_rows_with_other_company_are_counted():
    labels = np.array([0, 0, 1, 1, -1, -1])
    assert n_regrouped(labels, np.array([5, 5, 2, 2, 3, 4])) == 0
    assert n_regrouped(labels, np.array([0, 0, 0, 1, 2, 3])) == 4
    assert n_regrouped(labels, np.array([0, 0, 1, 1, 2, 2])) == 2


def test_large_components_are_matched_in_reasonable_time():
    randoms = random.Random(3)
    keys = list(range(4000))
    known = [story(f"s{n:04d}", keys[n * 4 : n * 4 + 4]) for n in range(1000)]
    randoms.shuffle(keys)
    clusters = [keys[n * 4 : n * 4 + 4] for n in range(1000)]
    found = match(known, clusters)
    assert len(found.story_of) == 1000
