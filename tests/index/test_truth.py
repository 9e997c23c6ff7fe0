"""What exact search found stays true as rows come and go, and is brought up to date."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.index.exact import ExactIndex
from engine.index.truth import FEWEST_QUERIES, NEIGHBOURS, Truth, exact_truth, renewed_truth
from engine.index.vectors import MappedVectors, Places, Shard, run_checksums
from tests.generations.cases import unit_rows

DIM = 8


def mapped(stored, places):
    """Return rows as a generation holds them; those that are at no place are deleted."""
    half = stored.astype(np.float16)
    shard = Shard(0, half, "g", "f")
    return MappedVectors([shard], Places(places), len(half), DIM, run_checksums(half))


def expect_true(truth, vectors):
    """Compare with exact search: what is known begins as its answer does."""
    rows_at = np.full(vectors.n_stored, -1)
    rows_at[vectors.places] = np.arange(len(vectors))
    queries = truth.query_vectors(vectors)
    exact = ExactIndex(vectors).search(queries, NEIGHBOURS)
    assert (rows_at[truth.queries] >= 0).all()
    for line, places in enumerate(truth.places):
        n_known = int((places >= 0).sum())
        assert n_known >= 1  # itself
        np.testing.assert_allclose(
            truth.cosines[line, :n_known], exact.cosines[line, :n_known], atol=1e-6
        )
        assert (rows_at[places[:n_known]] >= 0).all()
        assert (truth.cosines[line, n_known:] == -np.inf).all()


@given(
    nights=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 25)), max_size=4),
    n=st.integers(1, 90),
    seed=st.integers(0, 9),
)
@settings(deadline=None, max_examples=60)
def test_what_is_brought_up_to_date_is_true(nights, n, seed):
    random = np.random.default_rng(seed)
    stored, places = unit_rows(n, DIM, seed=seed), np.arange(n)
    vectors = mapped(stored, places)
    truth = exact_truth(vectors)
    assert (truth.places >= 0).sum(axis=1).tolist() == [min(n, NEIGHBOURS)] * min(n, 64)
    for number, (n_new, n_gone) in enumerate(nights):
        gone = random.choice(places, min(n_gone, len(places) - 1), replace=False)
        new = len(stored) + np.arange(n_new)
        stored = np.concatenate([stored, unit_rows(n_new, DIM, seed=100 + number)])
        places = random.permutation(np.concatenate([np.setdiff1d(places, gone), new]))
        vectors = mapped(stored, places)
        n_left = int(np.isin(truth.queries, places).sum())
        renewed = renewed_truth(truth, vectors)
        if renewed is None:
            assert n_left < min(FEWEST_QUERIES, len(truth.queries))
            renewed = exact_truth(vectors)
        truth = Truth.from_bytes(renewed.to_bytes())
        expect_true(truth, vectors)


def test_all_that_is_new_is_found_where_nothing_was_deleted():
    stored = unit_rows(200, DIM)
    truth = exact_truth(mapped(stored[:150], np.arange(150)))
    whole = mapped(stored, np.arange(200))
    renewed = renewed_truth(truth, whole)
    assert renewed is not None
    expected = ExactIndex(whole).search(whole[Rows(truth.queries)], NEIGHBOURS)
    np.testing.assert_array_equal(renewed.places, expected.rows)
    np.testing.assert_allclose(renewed.cosines, expected.cosines, atol=1e-6)
