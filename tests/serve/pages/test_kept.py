"""What was asked for last is kept, and no more of it than there is room for."""

from hypothesis import given
from hypothesis import strategies as st

from engine.serve.pages.kept import Kept


@given(st.integers(0, 12), st.lists(st.integers(0, 6), max_size=40))
def test_it_holds_the_last_ones_that_fit_and_makes_the_others_again(room, asked):
    kept: Kept[int, list[int]] = Kept(room, weigh=sum)
    held: list[int] = []
    for number in asked:
        new, known = [number], number in held
        found = kept.get(number, lambda new=new: new)  # type: ignore[misc] # called at once
        assert found == new
        assert (found is new) != known
        held = [*(one for one in held if one != number), number]
        while not known and sum(held) > room:
            held.pop(0)
