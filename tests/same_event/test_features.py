"""Features of pairs are the same in blocks as all at once."""

import numpy as np
import pytest

from engine.same_event.features import by_blocks, pair_cosines
from engine.same_event.pairs import PAIRS_AT_ONCE


@pytest.mark.parametrize("n_pairs", [0, 1, PAIRS_AT_ONCE, 3 * PAIRS_AT_ONCE + 5])
def test_blocks_follow_each_other(n_pairs):
    numbers = np.arange(2.0 * n_pairs).reshape(2, n_pairs)
    found = by_blocks(lambda some: 3 * numbers[:, some], n_pairs)
    np.testing.assert_array_equal(found, 3 * numbers)


def test_the_cosine_of_a_pair_is_the_same_among_many():
    random = np.random.default_rng(0)
    vectors = random.standard_normal((50, 16)).astype(np.float32)
    pairs = random.integers(0, 50, (2 * PAIRS_AT_ONCE + 3, 2))
    found = pair_cosines(vectors, pairs)
    np.testing.assert_array_equal(found[-3:], pair_cosines(vectors, pairs[-3:]))
    np.testing.assert_allclose(
        found, (vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1), atol=1e-5
    )
