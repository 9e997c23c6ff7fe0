"""How steady a night's stories are, in words that say something."""

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.reports.wording import in_percent, steadiness
from engine.store import RunFacts

SHARES = st.none() | st.floats(0, 1)


def test_shares_of_nothing_are_left_out():
    quiet = RunFacts(
        agreement=0.96, churn=0.0, merged=0.0, fragmentation=0.0, chained=0.0, singletons=0.25
    )
    assert steadiness(quiet) == (
        "halves of the window agree by 0.96; no article changed story, no story split; "
        "25.0% of all articles are in no story"
    )


def test_what_changed_is_told():
    restless = RunFacts(
        agreement=0.5, churn=0.02, merged=0.0001, fragmentation=0.0, chained=0.1, singletons=0.0
    )
    assert steadiness(restless) == (
        "halves of the window agree by 0.50; 2.0% of the articles changed story, under 0.1% of the "
        "articles went with their whole story to another; 10.0% of the articles of the largest "
        "stories are in chains"
    )


@given(st.floats(0, 1), SHARES, SHARES, SHARES, SHARES, SHARES)
def test_no_line_of_nothing_is_told(agreement, churn, merged, fragmentation, chained, singletons):
    facts = RunFacts(
        agreement=agreement,
        churn=churn,
        merged=merged,
        fragmentation=fragmentation,
        chained=chained,
        singletons=singletons,
    )
    assert not re.search(r"\b0\.0%", steadiness(facts))


@given(st.floats(0, 1, exclude_min=True))
def test_a_share_of_something_is_never_told_as_nothing(share):
    assert in_percent(share) != "0.0%"
