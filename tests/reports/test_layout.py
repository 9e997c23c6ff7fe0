"""Places on a map, and the two axes that maps start from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reports.layout import places, principal


def rows(n, dim, seed=0):
    return np.random.default_rng(seed).normal(size=(n, dim)) * np.linspace(3, 1, dim)


def unit_rows(n, dim):
    found = rows(n, dim)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 99))
def test_principal_components_are_those_of_a_decomposition(n, dim, seed):
    centred = rows(n, dim, seed)
    centred -= centred.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    oracle = (left * lengths)[:, :2]
    found = principal(centred)
    assert found.shape == (n, 2)
    # Which way a component points is left to chance.
    np.testing.assert_allclose(
        np.abs(found[:, : oracle.shape[1]]), np.abs(oracle), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("n", [0, 1, 2, 3, 30])
def test_every_article_has_a_place(n):
    found = places(unit_rows(n, 8))
    assert found.shape == (n, 2)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_the_same_articles_have_the_same_map():
    vectors = unit_rows(12, 20)
    np.testing.assert_array_equal(places(vectors), places(vectors.copy()))
