"""What was asked for last is kept, and no more of it than there is room for."""

from hypothesis import given
from hypothesis import strategies as st

from engine.serve.pages.kept import Kept


@given(st.integers(0, 12), st.lists(st.integers(0, 6), max_size=40))
def test_it_holds_the_last_ones_that_fit_and_makes_the_others_again(room, asked):
    kept = Kept(room, lambda weight: weight)
    held, made = [], []
    for number in asked:
        assert kept.get(number, lambda number=number: made.append(number) or number) == number
        known = number in held
        assert (made == []) == known
        made.clear()
        held = [one for one in held if one != number] + [number]
        while not known and sum(held) > room:
            held.pop(0)
