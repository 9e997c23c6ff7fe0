"""B-cubed and pairs against naive loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stories.agreement import bcubed, pairwise

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
