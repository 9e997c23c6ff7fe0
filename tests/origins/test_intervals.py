"""Shares counted in few cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.origins.intervals import wilson


@pytest.mark.parametrize(
    ("n_found", "n_cases", "low", "high"),
    # Brown, Cai and DasGupta 2001, "Interval estimation for a binomial proportion", formula (4).
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_that_of_wilson(n_found, n_cases, low, high):
    assert wilson(n_found, n_cases) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_solves_the_test_that_it_inverts(counted):
    n_found, n_cases = counted
    share = n_found / n_cases
    for end in wilson(n_found, n_cases):
        assert (share - end) ** 2 == pytest.approx(1.96**2 * end * (1 - end) / n_cases, abs=1e-9)
