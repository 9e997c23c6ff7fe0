"""How steady a night's stories are, in words that say something."""

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.reports.wording import in_percent, of_vectors, steadiness
from engine.store import RunFacts

SHARES = st.none() | st.floats(0, 1)


def test_shares_of_nothing_are_left_out():
    quiet = RunFacts(
        churn=0.0, merged=0.0, fragmentation=0.0, chained=0.0, torn=0.0, singletons=0.25
    )
    assert steadiness(quiet) == (
        "no article changed story, no story split; 25.0% of all articles are in no story"
    )


def test_what_changed_is_told():
    restless = RunFacts(
        churn=0.02, merged=0.0001, fragmentation=0.0, chained=0.1, torn=0.03, singletons=0.0
    )
    assert steadiness(restless) == (
        "2.0% of the articles changed story, under 0.1% of the "
        "articles went with their whole story to another; 10.0% of the articles of the largest "
        "stories are in chains; 3.0% of the likely pairs are in no story together"
    )


@given(SHARES, SHARES, SHARES, SHARES, SHARES, SHARES)
def test_no_line_of_nothing_is_told(churn, merged, fragmentation, chained, torn, singletons):
    facts = RunFacts(
        churn=churn,
        merged=merged,
        fragmentation=fragmentation,
        chained=chained,
        torn=torn,
        singletons=singletons,
    )
    assert not re.search(r"\b0\.0%", steadiness(facts))


def test_vectors_that_went_astray_are_told():
    told = of_vectors(RunFacts(shared=0.93, astray=0.5))
    assert told.startswith("93.0% of the new articles share more words with their nearest")
    assert told.endswith("; 50.0% of those encoded again have another vector")
    assert "again" not in of_vectors(RunFacts(shared=0.93, astray=0.0))


@given(st.floats(0, 1, exclude_min=True))
def test_a_share_of_something_is_never_told_as_nothing(share):
    assert in_percent(share) != "0.0%"
