from hypothesis import given
from hypothesis import strategies as st

from engine.stories.portions import ARTICLES_AT_ONCE, portions


@given(st.lists(st.integers(2, 2 * ARTICLES_AT_ONCE), max_size=40))
def test_every_story_is_in_one_portion_the_largest_first(sizes):
    found = list(portions(sizes))
    dealt = [place for some in found for place in some]
    assert sorted(dealt) == list(range(len(sizes)))
    assert [sizes[place] for place in dealt] == sorted(sizes, reverse=True)


@given(st.lists(st.integers(2, 2 * ARTICLES_AT_ONCE), max_size=40))
def test_portions_cost_about_the_same(sizes):
    found = [[sizes[place] for place in some] for some in portions(sizes)]
    assert all(sum(some) >= ARTICLES_AT_ONCE for some in found[:-1])
    assert all(sum(some[:-1]) < ARTICLES_AT_ONCE for some in found)
