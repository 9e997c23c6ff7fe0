"""B-cubed, pairs and retrieval against naive loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.same_event.hits import JUDGED_HITS, POSSIBLE
from engine.stories.agreement import bcubed, pairwise, retrieval

labelled = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=30)


def together(labels, i, j):
    return i == j or (labels[i] == labels[j] and labels[i] >= 0)


@settings(deadline=None)
@given(labelled)
def test_bcubed_equals_the_naive_double_loop(pairs):
    predicted, gold = zip(*pairs, strict=True)
    n = len(pairs)
    precision = recall = 0.0
    for i in range(n):
        mine = [j for j in range(n) if together(predicted, i, j)]
        true = [j for j in range(n) if together(gold, i, j)]
        both = len(set(mine) & set(true))
        precision += both / len(mine) / n
        recall += both / len(true) / n
    found = bcubed(np.array(predicted), np.array(gold))
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)


@settings(deadline=None)
@given(labelled)
def test_pairwise_equals_the_naive_double_loop(pairs):
    predicted, gold = zip(*pairs, strict=True)
    n = len(pairs)
    every = [(i, j) for i in range(n) for j in range(i)]
    mine = {(i, j) for i, j in every if together(predicted, i, j)}
    true = {(i, j) for i, j in every if together(gold, i, j)}
    found = pairwise(np.array(predicted), np.array(gold))
    assert found.precision == pytest.approx(len(mine & true) / len(mine) if mine else 0)
    assert found.recall == pytest.approx(len(mine & true) / len(true) if true else 0)


def test_a_known_partition():
    # Two right pairs, and one article that strayed into the second.
    found = bcubed(np.array([0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2]))
    assert found.precision == pytest.approx((1 + 1 + 2 / 3 + 2 / 3 + 1 / 3) / 5)
    assert found.recall == 1
    assert found.f1 == pytest.approx(2 * found.precision / (found.precision + 1))


def test_labels_of_different_length_are_refused():
    with pytest.raises(ValueError, match="predicted labels"):
        bcubed(np.array([0, 1]), np.array([0]))


def naive_retrieval(vectors, gold, languages, chances=None):
    hits, recalls, ranks = [], [], []
    for i in range(len(gold)):
        others = [
            j
            for j in range(len(gold))
            if j != i and (languages is None or languages[j] != languages[i])
        ]
        right = [j for j in others if gold[j] == gold[i] and gold[i] >= 0]
        if not right:
            continue
        order = sorted(others, key=lambda j: -float(vectors[i] @ vectors[j]))
        if chances is not None:
            likely = [j for j in order[:JUDGED_HITS] if chances[i, j] >= POSSIBLE]
            likely.sort(key=lambda j: -chances[i, j])
            order = likely + [j for j in order if j not in likely]
        rank = 1 + min(order.index(j) for j in right)
        hits.append(rank == 1)
        ranks.append(1 / rank)
        recalls.append(len(set(order[:10]) & set(right)) / len(right))
    return np.mean(hits), np.mean(recalls), np.mean(ranks), len(hits)


@pytest.mark.parametrize("cross", [False, True], ids=["any language", "other languages"])
@pytest.mark.parametrize("judged", [False, True], ids=["by cosine", "the nearest judged"])
def test_retrieval_equals_a_sort_of_every_row(cross, judged):
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(90, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gold = rng.integers(-1, 9, 90)
    languages = rng.choice(["nl", "uk", "ar"], 90) if cross else None
    chances = rng.uniform(size=(90, 90)) ** 3 if judged else None
    hit, recall, mrr, n = naive_retrieval(vectors, gold, languages, chances)
    found = retrieval(
        vectors,
        gold,
        languages=languages,
        judge=None if chances is None else lambda pairs: chances[*pairs.T],
    )
    assert found.n_queries == n
    assert (found.hit_at_1, found.recall_at_10, found.mrr) == pytest.approx((hit, recall, mrr))


def test_a_tie_with_a_wrong_article_is_a_miss():
    vectors = np.ones((3, 1), np.float32)
    gold = np.array([0, 0, 1])
    assert retrieval(vectors, gold).hit_at_1 == 0
    assert retrieval(vectors, gold, judge=lambda pairs: np.zeros(len(pairs))).hit_at_1 == 0


def test_nothing_to_find_is_no_score():
    assert retrieval(np.eye(3, dtype=np.float32), np.array([-1, -1, 2])).n_queries == 0
