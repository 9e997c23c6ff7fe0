"""What was asked for last is kept, and no more of it than there is room for."""

from unittest.mock import Mock

from hypothesis import given
from hypothesis import strategies as st

from engine.serve.pages.kept import Kept


@given(st.integers(0, 12), st.lists(st.integers(0, 6), max_size=40))
def test_it_holds_the_last_ones_that_fit_and_makes_the_others_again(room, asked):
    kept: Kept[int, int] = Kept(room, lambda weight: weight)
    held: list[int] = []
    for number in asked:
        made = Mock(return_value=number)
        known = number in held
        assert kept.get(number, made) == number
        assert made.called != known
        held = [one for one in held if one != number] + [number]
        while not known and sum(held) > room:
            held.pop(0)
