import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.same_event.pairs import unique_pairs, united, without

ROWS = st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6)), max_size=30)


def columns(found):
    return np.array(found, dtype=np.int64).reshape(-1, 2).T


def as_set(found):
    return {(min(a, b), max(a, b)) for a, b in found if a >= 0 and b >= 0 and a != b}


@settings(max_examples=80, deadline=None)
@given(ROWS, ROWS)
def test_pairs_agree_with_sets(one, other):
    # A pad stands only where a neighbour would.
    one, other = ([pair for pair in found if pair[0] >= 0] for found in (one, other))
    left, right = (unique_pairs(*columns(found), n_articles=7) for found in (one, other))
    assert left.tolist() == sorted(map(list, as_set(one)))
    both = united(left, right, n_articles=7)
    assert both.tolist() == sorted(map(list, as_set(one) | as_set(other)))
    assert without(both, left, n_articles=7).tolist() == sorted(
        map(list, as_set(other) - as_set(one))
    )
