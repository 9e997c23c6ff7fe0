"""How rarely stories grow as they do: counted one by one, and whatever the clock is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Seconds
from engine.stories.growth import FEWEST_STORIES, RARE, Reports, growth

TIMES = st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=9), min_size=1, max_size=12)


def reports(stories):
    numbers = np.repeat(np.arange(len(stories)), [len(times) for times in stories])
    return Reports(numbers, Seconds(np.array([t for times in stories for t in sorted(times)])))


def grown(stories, *, more=(), over=False):
    found = reports(stories)
    clock = Seconds(np.sort(np.concatenate([found.times, np.array(more, np.int64)])))
    return found, growth(found, clock, np.full(len(stories), over))


def spans(times, clock, n_voices):
    """Return, plainly, the articles and the seconds in which `n_voices` of a story spoke."""
    times = sorted(times)
    ends = zip(times, times[n_voices - 1 :], strict=False)
    return [(sum(one <= t <= other for t in clock), other - one) for one, other in ends]


@given(TIMES, st.lists(st.integers(0, 60), max_size=20))
def test_the_smallest_chance_of_a_story_is_the_share_that_ever_did_as_much(stories, more):
    found, growths = grown(stories, more=more)
    clock = [*found.times.tolist(), *more]
    for story in range(len(stories)):
        shares = [1.0]
        for n_voices in (2, 4, 8):
            others = [spans(other, clock, n_voices) for other in stories]
            for own in others[story]:
                as_fast = [
                    sum(
                        min((span[by] for span in other), default=99999) <= own[by]
                        for other in others
                    )
                    for by in (0, 1)
                ]
                shares.append(max(as_fast) / len(stories))
        assert growths.chances[found.stories == story].min() == pytest.approx(min(shares))


@given(TIMES)
def test_chances_are_shares_and_outcomes_are_of_the_stories_as_fast(stories):
    _, found = grown(stories, over=True)
    assert ((found.chances > 0) & (found.chances <= 1)).all()
    as_fast = np.round(found.chances * len(stories)).astype(int)
    counted = found.n_kept_on + found.n_stopped
    assert (counted[found.n_voices > 1] == as_fast[found.n_voices > 1]).all()


@given(TIMES, st.integers(1, 1000))
def test_a_slower_clock_changes_nothing(stories, slower):
    _, found = grown(stories)
    _, stretched = grown([[slower * time for time in times] for times in stories])
    assert (found.chances == stretched.chances).all()
    assert (found.n_meanwhile == stretched.n_meanwhile).all()


@given(TIMES, st.randoms())
def test_the_order_of_stories_does_not_matter(stories, random):
    found, growths = grown(stories)
    order = list(range(len(stories)))
    random.shuffle(order)
    moved, other = grown([stories[place] for place in order])
    for place, story in enumerate(order):
        mine, its = growths.chances[found.stories == story], other.chances[moved.stories == place]
        assert (mine == its).all()


def pairs(n):
    """Return stories of two voices, with an article of another between these."""
    return [[100 * number, 100 * number + 60] for number in range(n)]


def test_a_story_that_outruns_all_is_a_spike_and_those_that_are_alike_are_none():
    quiet = pairs(FEWEST_STORIES)
    fast = [[5000, 5001, 5002, 5003]]
    found, growths = grown(quiet + fast, more=range(30, 2000, 100))
    assert set(found.stories[growths.spikes].tolist()) == {FEWEST_STORIES}
    spike = np.flatnonzero(growths.spikes)[-1]
    assert growths.chances[spike] == pytest.approx(1 / (FEWEST_STORIES + 1))
    assert growths.chances[spike] <= RARE


def test_among_too_few_stories_none_is_a_spike():
    found, growths = grown([*pairs(FEWEST_STORIES - 2), [5000, 5001, 5002, 5003]])
    assert len(np.unique(found.stories)) == FEWEST_STORIES - 1
    assert not growths.spikes.any()


@pytest.mark.parametrize(("later", "spikes"), [([], False), ([8000, 8500, 9000], True)])
def test_what_is_as_fast_as_stories_that_stopped_is_no_spike(later, spikes):
    earlier = [1010, 1011, *later]  # it doubled its voices afterwards, or it is over
    tonight = [9900, 9901]
    stories = [*pairs(2 * FEWEST_STORIES), earlier, tonight]
    found = reports(stories)
    clock = Seconds(np.sort(np.concatenate([found.times, np.arange(30, 9000, 100)])))
    over = np.array([*([True] * (len(stories) - 1)), False])
    growths = growth(found, clock, over)
    assert growths.spikes[-1] == spikes


def test_dates_without_hours_are_compared_by_day():
    days = [[day, day + 3] for day in range(FEWEST_STORIES)]
    _, growths = grown([*days, [30, 30, 30, 30]], more=[30] * 10)
    (spike,) = {int(n) for n in growths.n_meanwhile[growths.spikes]}
    assert spike == 14, "all articles of the day came meanwhile"
