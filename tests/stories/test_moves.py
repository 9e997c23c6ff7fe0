"""Moves are those of a plain queue, whatever is foreseen."""

from collections import defaultdict, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.same_event.pair_model import shipped_model
from engine.stories.moves import FORESEEN_AT_ONCE, MOST_MOVES, STRONGEST, move_articles

MODEL = shipped_model()


def by_queue(n_articles, pairs, log_odds, *, start=None, signed=False):
    """Do what `move_articles` does, one article after the other and edge by edge."""
    near: list[list[tuple[int, float]]] = [[] for _ in range(n_articles)]
    for (one, other), weight in zip(
        pairs.tolist(), np.minimum(log_odds + MODEL.lenience, STRONGEST).tolist(), strict=True
    ):
        if signed or weight > 0:
            near[one].append((other, weight))
            near[other].append((one, weight))
    near = [sorted(edges) for edges in near]
    labels = list(range(n_articles)) if start is None else start.tolist()
    waiting = deque(range(n_articles))
    for _ in range(MOST_MOVES * n_articles):
        if not waiting:
            break
        article = waiting.popleft()
        best = choice(article, labels, near[article])
        if best != labels[article]:
            labels[article] = best
            others = [other for other, _ in near[article] if labels[other] != best]
            waiting.extend(other for other in others if other not in waiting)
    return np.unique(labels, return_inverse=True)[1]


def choice(article, labels, edges):
    sizes = np.bincount(labels, minlength=len(labels) + 1).tolist()
    mine = labels[article]
    sizes[mine] -= 1
    held: defaultdict[int, float] = defaultdict(float)
    for other, weight in edges:
        held[labels[other]] += weight
    best, most = mine, held.pop(mine, 0.0) - MODEL.penalty * sizes[mine]
    for label, weight in held.items():
        gain = weight - MODEL.penalty * sizes[label]
        if gain > most:
            best, most = label, gain
    return best if most >= 0 else sizes.index(0)


def events(random, n_articles):
    """Return pairs within loose events and some between them, with what they weigh."""
    event = random.integers(0, max(1, n_articles // int(random.integers(2, 30))), n_articles)
    every = np.stack(np.triu_indices(n_articles, 1), axis=1)
    same = event[every[:, 0]] == event[every[:, 1]]
    scored = random.random(len(every)) < np.where(same, random.uniform(0.2, 1), 0.05)
    pairs, same = every[scored], same[scored]
    log_odds = random.normal(np.where(same, random.uniform(-1, 6), -1.5), random.uniform(0.1, 3))
    if random.random() < 0.5:  # so that many gain the same
        log_odds = np.round(log_odds)
    order = random.permutation(len(pairs))
    return pairs[order], log_odds[order]


def begun(random, n_articles):
    """Return clusters to begin with, some of whose numbers nobody has, or none."""
    kinds = (
        None,
        random.integers(0, n_articles, n_articles),
        random.integers(0, max(1, n_articles // 8), n_articles),
        np.zeros(n_articles, np.int64),
    )
    return kinds[int(random.integers(0, 4))]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), st.booleans())
def test_articles_move_as_from_a_plain_queue(seed, signed):
    random = np.random.default_rng(seed)
    n_articles = int(random.integers(2, 70))
    pairs, log_odds = events(random, n_articles)
    start = begun(random, n_articles)
    expected = by_queue(n_articles, pairs, log_odds, start=start, signed=signed)
    found = move_articles(n_articles, pairs, log_odds, MODEL, start=start, signed=signed)
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("nearly_right", [False, True])
def test_many_articles_move_as_from_a_plain_queue(nearly_right):
    """More than are foreseen at once, in events of up to some fifty."""
    random = np.random.default_rng(7)
    n_articles = 2 * FORESEEN_AT_ONCE + 200
    event = (60 * random.random(n_articles) ** 2).astype(np.int64)
    one, other = random.integers(0, n_articles, (2, 60 * n_articles))
    kept = (one < other) & ((event[one] == event[other]) | (random.random(len(one)) < 0.02))
    pairs = np.unique(np.stack([one, other], axis=1)[kept], axis=0)
    log_odds = random.normal(2.0, 2.5, len(pairs))
    nearly = np.where(random.random(n_articles) < 0.05, n_articles - 1, event)
    start = nearly if nearly_right else None
    expected = by_queue(n_articles, pairs, log_odds, start=start)
    found = move_articles(n_articles, pairs, log_odds, MODEL, start=start)
    assert found.tolist() == expected.tolist()


def test_an_article_follows_a_neighbour_that_has_just_left_a_large_cluster():
    """While the neighbour was there, nothing was as far from its choice as that cluster."""
    crowd = [(one, other) for other in range(2, 100) for one in range(2, other)]
    pairs = np.array([(0, 1), (0, 100), *crowd])
    log_odds = np.array([3.0, 5.0, *[3.0] * len(crowd)])
    start = np.array([0, 1, *[0] * 98, 100])
    labels = move_articles(101, pairs, log_odds, MODEL, start=start)
    assert labels[0] == labels[1] == labels[100] != labels[2]
    assert labels.tolist() == by_queue(101, pairs, log_odds, start=start).tolist()
