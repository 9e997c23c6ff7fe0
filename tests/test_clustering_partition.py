import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clustering.folding import fold_copies
from engine.clustering.merges import UNSCORED_LOG_ODDS, merge_clusters
from engine.clustering.moves import move_articles
from engine.clustering.window import Window

DAY = 86400.0


def clique(rows, log_odds):
    return [(a, b, log_odds) for a, b in itertools.combinations(rows, 2)]


def split(edges):
    edges = sorted(edges)
    return np.array([edge[:2] for edge in edges]), np.array([edge[2] for edge in edges])


def partition(n_articles, edges):
    pairs, log_odds = split(edges)
    small = np.array(move_articles(n_articles, pairs, log_odds))
    return merge_clusters(small, pairs, log_odds)


@pytest.mark.parametrize("size", [3, 10, 60])
def test_one_strong_edge_does_not_chain_two_stories(size):
    edges = clique(range(size), 3.0) + clique(range(size, 2 * size), 3.0) + [(0, size, 5.0)]
    labels = partition(2 * size, edges)
    assert len(set(labels[:size])) == 1
    assert len(set(labels[size:])) == 1
    assert labels[0] != labels[size]


def test_a_large_event_holds_though_most_of_its_pairs_are_not_scored():
    n_articles, n_neighbours = 300, 12
    random = np.random.default_rng(0)
    edges = {
        tuple(sorted((a, int(b))))
        for a in range(n_articles)
        for b in random.choice(n_articles, n_neighbours, replace=False)
        if a != b
    }
    labels = partition(n_articles, [(a, b, 1.5) for a, b in edges])
    assert np.bincount(labels).max() >= 0.9 * n_articles


def test_edges_against_part_what_no_edge_joins():
    labels = partition(4, [(0, 1, 4.0), (2, 3, 4.0), (1, 2, -5.0)])
    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_without_pairs_every_article_is_alone():
    nothing = np.empty((0, 2), dtype=np.int64)
    small = move_articles(5, nothing, np.empty(0))
    assert merge_clusters(np.array(small), nothing, np.empty(0)).tolist() == [0, 1, 2, 3, 4]


def naive_merge(n_articles, pairs, log_odds, least=-1.0):
    """Merge the best two of few clusters at a time, scoring all their pairs one by one."""
    scored = {
        tuple(pair): float(value) for pair, value in zip(pairs.tolist(), log_odds, strict=True)
    }
    groups = [[row] for row in range(n_articles)]

    def score(left, right):
        found = [scored.get((min(a, b), max(a, b))) for a, b in itertools.product(left, right)]
        if not any(value is not None for value in found):
            return -np.inf
        return np.mean([UNSCORED_LOG_ODDS if value is None else value for value in found])

    while len(groups) > 1:
        best = max(itertools.combinations(range(len(groups)), 2), key=lambda ab: score(
            groups[ab[0]], groups[ab[1]]
        ))  # fmt: skip
        if score(groups[best[0]], groups[best[1]]) < least:
            break
        groups[best[0]] += groups.pop(best[1])
    return {frozenset(group) for group in groups}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_merging_complete_graphs_agrees_with_one_pair_at_a_time(seed):
    random = np.random.default_rng(seed)
    n_articles = int(random.integers(2, 9))
    pairs = np.array(list(itertools.combinations(range(n_articles), 2)))
    log_odds = random.uniform(-5, 5, len(pairs))
    labels = merge_clusters(np.arange(n_articles), pairs, log_odds)
    found = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
    assert found == naive_merge(n_articles, pairs, log_odds)


def window_of(titles, published):
    n_articles = len(titles)
    return Window(
        titles, [""] * n_articles, ["en"] * n_articles, [""] * n_articles,
        np.asarray(published, dtype=np.float64), np.eye(n_articles, dtype=np.float32),
    )  # fmt: skip


def test_copies_fold_onto_the_earliest_within_days():
    window = window_of(
        ["A  storm", "a storm", "A storm", "A calm"], [2 * DAY, 1 * DAY, 90 * DAY, 0]
    )
    assert fold_copies(window).tolist() == [1, 1, 2, 3]


def test_undated_copies_fold_but_not_onto_dated_ones():
    window = window_of(["A storm"] * 3, [np.nan, DAY, np.nan])
    assert fold_copies(window).tolist() == [0, 1, 0]
