import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.copies import fold_copies
from engine.same_event.pair_model import shipped_model
from engine.same_event.readings import Readings
from engine.same_event.window import Window
from engine.stories.joins import MEASURED_AT_ONCE, N_WITHIN, join_clusters, mean_within, part_chains
from engine.stories.moves import STRONGEST, move_articles

DAY = 86400.0
MODEL = shipped_model()


def clique(rows, log_odds):
    return [(a, b, log_odds) for a, b in itertools.combinations(rows, 2)]


def split(edges):
    edges = sorted(edges)
    return np.array([edge[:2] for edge in edges]), np.array([edge[2] for edge in edges])


def table(n_articles, edges, other=-6.0):
    """Return what any pair of rows weighs: as in `edges`, or `other`."""
    weights = np.full((n_articles, n_articles), other)
    for one, two, log_odds in edges:
        weights[one, two] = weights[two, one] = log_odds
    return weights


def partition(n_articles, edges, weights=None):
    """Group rows by scored `edges`; all pairs weigh what `weights` say."""
    weights = table(n_articles, edges) if weights is None else weights

    def measure(pairs):
        return weights[pairs[:, 0], pairs[:, 1]]

    pairs, log_odds = split(edges)
    small = move_articles(n_articles, pairs, log_odds, MODEL)
    return part_chains(join_clusters(small, pairs, log_odds, measure, MODEL), measure, MODEL)


@pytest.mark.parametrize("size", [3, 10, 60])
def test_one_strong_edge_does_not_chain_two_stories(size):
    edges = clique(range(size), 3.0) + clique(range(size, 2 * size), 3.0) + [(0, size, 5.0)]
    labels = partition(2 * size, edges)
    assert len(set(labels[:size])) == 1
    assert len(set(labels[size:])) == 1
    assert labels[0] != labels[size]


def sparse_event(n_articles, n_neighbours):
    random = np.random.default_rng(0)
    edges = {
        tuple(sorted((a, int(b))))
        for a in range(n_articles)
        for b in random.choice(n_articles, n_neighbours, replace=False)
        if a != b
    }
    return [(a, b, 1.5) for a, b in edges]


def test_a_large_event_holds_though_most_of_its_pairs_are_not_scored():
    labels = partition(300, sparse_event(300, 12), np.full((300, 300), 0.5))
    assert np.bincount(labels).max() >= 0.9 * 300


def test_what_is_near_only_here_and_there_is_no_event():
    """Many near pairs, but the others, when they are asked, say that it is not one event."""
    labels = partition(300, sparse_event(300, 3), np.full((300, 300), -6.0))
    assert np.bincount(labels).max() <= 30


def test_clusters_join_where_all_their_pairs_allow_it():
    halves = clique(range(5), 4.0) + clique(range(5, 10), 4.0)
    links = [(row, 5 + row, 0.5) for row in range(5)]
    edges = halves + links
    one_event = partition(10, edges, table(10, edges, other=0.0))
    two_events = partition(10, edges, table(10, edges, other=-4.0))
    assert len(set(one_event)) == 1
    assert len(set(two_events)) == 2


def test_a_cluster_joins_only_if_most_of_it_is_held():
    halves = clique(range(8), 4.0) + clique(range(8, 16), 4.0)
    weights = table(16, halves, other=0.0)
    few, most = (
        partition(16, halves + [(row, 8 + row, 0.5) for row in range(n_held)], weights)
        for n_held in (3, 7)
    )
    assert len(set(few)) == 2
    assert len(set(most)) == 1


@pytest.mark.parametrize(
    ("size", "n_held", "joined"), [(24, 17, 2), (24, 18, 1), (200, 17, 2), (200, 18, 1)]
)
def test_of_a_large_cluster_as_many_are_held_as_neighbours_can_hold(size, n_held, joined):
    start = np.repeat([0, 1], size)
    pairs = np.array([(row, size + row) for row in range(n_held)])
    found = join_clusters(start, pairs, np.ones(n_held), lambda some: np.zeros(len(some)), MODEL)
    assert len(set(found.tolist())) == joined


def test_edges_against_part_what_no_edge_joins():
    labels = partition(4, [(0, 1, 4.0), (2, 3, 4.0), (1, 2, -5.0)])
    assert labels[0] == labels[1] != labels[2] == labels[3]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_moves_gain_something_and_then_end(seed, begun):
    random = np.random.default_rng(seed)
    n_articles = int(random.integers(2, 40))
    every = np.array(list(itertools.combinations(range(n_articles), 2)))
    pairs = every[random.random(len(every)) < random.uniform(0.05, 1)]
    log_odds = random.normal(0, 3, len(pairs))
    start = random.integers(0, 5, n_articles) if begun else np.arange(n_articles)
    held = np.zeros((n_articles, n_articles))
    weights = np.minimum(log_odds + MODEL.lenience, STRONGEST)
    np.add.at(held, tuple(pairs.T), np.maximum(weights, 0))

    def quality(labels):
        together = np.triu(labels[:, None] == labels, 1)
        return (held - MODEL.penalty)[together].sum()

    labels = move_articles(n_articles, pairs, log_odds, MODEL, start=start)
    moved = (labels[:, None] == labels) != (start[:, None] == start)
    assert quality(labels) >= quality(start) + (1e-12 if moved.any() else 0)
    again = move_articles(n_articles, pairs, log_odds, MODEL, start=labels)
    assert quality(again) >= quality(labels) - 1e-9


def test_means_within_many_clusters_are_those_of_all_pairs():
    n_clusters = 3 * MEASURED_AT_ONCE // N_WITHIN // 2
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(n_clusters), 3))

    def measure(pairs):
        return (pairs[:, 0] * pairs[:, 1] % 101).astype(float)

    found = mean_within(labels, np.arange(n_clusters), measure)
    for number in (0, n_clusters // 2, n_clusters - 1):
        pairs = np.array(list(itertools.combinations(np.flatnonzero(labels == number), 2)))
        assert found[number] == pytest.approx(measure(pairs).mean())


def test_without_pairs_every_article_is_alone():
    nothing = np.empty((0, 2), dtype=np.int64)
    small = move_articles(5, nothing, np.empty(0), MODEL)
    none = join_clusters(small, nothing, np.empty(0), lambda pairs: np.zeros(len(pairs)), MODEL)
    assert none.tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_no_story_is_left_whose_pairs_speak_against_it(seed):
    """Whatever is scored and joined, all pairs within a story are for it on average."""
    random = np.random.default_rng(seed)
    n_articles = int(random.integers(3, 40))
    weights = random.normal(random.uniform(-4, 1), 3, (n_articles, n_articles))
    weights = (weights + weights.T) / 2
    pairs = np.array(list(itertools.combinations(range(n_articles), 2)))
    scored = random.random(len(pairs)) < random.uniform(0.1, 1)
    edges = [(a, b, weights[a, b]) for a, b in pairs[scored].tolist()]
    if not edges:
        return
    labels = partition(n_articles, edges, weights)
    for label in set(labels.tolist()):
        rows = np.flatnonzero(labels == label)
        inside = weights[np.ix_(rows, rows)][np.triu_indices(len(rows), 1)]
        if len(rows) > 1 and len(rows) ** 2 <= N_WITHIN:
            assert inside.mean() >= -MODEL.lenience


def window_of(titles, published):
    n_articles = len(titles)
    return Window(
        titles, [""] * n_articles, ["en"] * n_articles, [""] * n_articles,
        np.asarray(published, dtype=np.float64), np.eye(n_articles, dtype=np.float32),
    )  # fmt: skip


def folded(window):
    read = Readings.of(window)
    return fold_copies(window, Rows(np.arange(len(window))), read.leads, read.signatures).tolist()


def test_copies_fold_onto_the_earliest_within_days():
    window = window_of(
        ["A  storm", "a storm", "A storm", "A calm"], [2 * DAY, 1 * DAY, 90 * DAY, 0]
    )
    assert folded(window) == [1, 1, 2, 3]


def test_undated_copies_fold_but_not_onto_dated_ones():
    window = window_of(["A storm"] * 3, [np.nan, DAY, np.nan])
    assert folded(window) == [0, 1, 0]


def test_what_no_join_has_changed_is_not_weighed_again():
    # Eight clusters of one event join in rounds; two others are linked and never join.
    rows = [range(4 * number, 4 * number + 4) for number in range(10)]
    edges = [edge for each in rows for edge in clique(each, 3.0)]
    for one, other in itertools.pairwise(rows[:8]):
        edges += [(a, b, 2.0) for a in one for b in other]
    apart = {(a, b) for a in rows[8] for b in rows[9]}
    edges += [(a, a + 4, 2.0) for a in rows[8]]
    weights = table(40, edges, other=2.0)
    for a, b in apart:
        weights[a, b] = weights[b, a] = -6.0
    asked: list[tuple[int, int]] = []
    n_calls = 0

    def measure(pairs):
        nonlocal n_calls
        n_calls += 1
        asked.extend(map(tuple, pairs.tolist()))
        return weights[pairs[:, 0], pairs[:, 1]]

    pairs, log_odds = split(edges)
    start = np.repeat(np.arange(10), 4)
    labels = join_clusters(start, pairs, log_odds, measure, MODEL)
    assert labels.tolist() == [0] * 32 + [1] * 4 + [2] * 4
    assert n_calls > 2
    assert sum(pair in apart for pair in asked) == len(apart)


def test_articles_that_leave_a_cluster_take_the_least_free_label():
    edges = [(0, 1, 3.0), (1, 2, 3.0), (0, 2, -9.0), (3, 4, 3.0)]
    pairs, log_odds = split(edges)
    start = np.array([2, 2, 2, 4, 4])
    labels = move_articles(5, pairs, log_odds, MODEL, start=start, signed=True)
    assert len(set(labels[:3].tolist())) == 2
    assert labels[3] == labels[4]
    assert set(labels[3:].tolist()).isdisjoint(labels[:3].tolist())
