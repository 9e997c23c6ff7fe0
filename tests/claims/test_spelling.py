"""Names are one that is spelt differently where a word is the same and the other nearly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.claims.spelling import is_respelt

WORD = st.text("abcdefgh", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "respelt"),
    [
        ("sara holm", "sarah holm", True),
        ("rolando holm", "ronaldo holm", True),
        ("ann holm", "ann holme", True),
        ("ann holm", "amy holm", False),
        ("ann holm", "ann holm", False),
        ("sara holm", "sarah holme", False),
        ("peter holm", "pieter brook", False),
    ],
)
def test_names(one, other, respelt):
    assert is_respelt(one, other) == is_respelt(other, one) == respelt


@given(WORD, WORD)
def test_a_letter_more_is_one_edit(first, last):
    assert is_respelt(f"{first} {last}", f"{first} {last}x") == (len(last) > 2)


@given(WORD, WORD, WORD)
def test_either_may_come_first(first, one, other):
    names = f"{first} {one}", f"{first} {other}"
    assert is_respelt(*names) == is_respelt(*reversed(names))
