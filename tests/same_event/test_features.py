"""Features of pairs are the same in blocks as all at once."""

import numpy as np
import pytest

from engine.domain import Neighbours, Rows
from engine.index.exact import rescored
from engine.same_event.features import (
    LEADS_AT_ONCE,
    TEMPLATE_WORDS,
    by_blocks,
    pair_cosines,
    repeated_templates,
)
from engine.same_event.pairs import PAIRS_AT_ONCE
from engine.same_event.window import Window
from engine.words.terms import words


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


def test_cosines_of_neighbours_are_those_of_pairs():
    random = np.random.default_rng(1)
    vectors = random.standard_normal((300, 384)).astype(np.float32)
    pairs = random.integers(0, 300, (4000, 2))
    some = Rows(random.integers(-1, 300, (300, 41)))
    near = rescored(vectors, vectors, some)
    np.testing.assert_array_equal(pair_cosines(vectors, pairs, near), pair_cosines(vectors, pairs))


def test_what_is_known_of_neighbours_is_not_computed():
    vectors = np.eye(4, dtype=np.float32)
    near = Neighbours(Rows(np.array([[0, 3], [-1, -1], [2, -1], [3, -1]])), np.full((4, 2), 0.5))
    pairs = np.array([[0, 3], [3, 0], [1, 2], [2, 3]])
    assert pair_cosines(vectors, pairs, near).tolist() == [0.5, 0.5, 0, 0]


@pytest.mark.parametrize("n_articles", [20, LEADS_AT_ONCE + 30])
def test_templates_share_words_whether_few_leads_are_read_or_many(n_articles):
    random = np.random.default_rng(2)
    said = ["wind", "l\u2019air", "\u98ce\u529b", "degr\u00e9s", "noon\u2019s", "to", "rain"]
    bodies = [" ".join(random.choice(said, 9)) for _ in range(n_articles)]
    window = Window(
        titles=["The weather"] * n_articles,
        bodies=bodies,
        languages=["en"] * n_articles,
        sources=["Daily"] * n_articles,
        published=np.full(n_articles, np.nan),
        vectors=np.zeros((n_articles, 0), np.float32),
    )
    pairs = np.stack([np.arange(n_articles), random.permutation(n_articles)], axis=1)
    known = np.ones(n_articles)
    found = repeated_templates(window, pairs, known, known)
    read = [set(words(window.lead(row))) for row in range(n_articles)]
    shares = [len(read[i] & read[j]) / len(read[i] | read[j]) for i, j in pairs.tolist()]
    assert found.tolist() == [share >= TEMPLATE_WORDS for share in shares]
    assert found.sum() > 0
