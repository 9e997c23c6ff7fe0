"""When the stories of a night are held back."""

from dataclasses import replace

import pytest

from engine.jobs.nights.selfcheck import Signs, judged_facts
from engine.jobs.nights.vector_check import Again, Shared
from engine.store import RunFacts

GOOD = RunFacts(
    n_placed=1000,
    n_moved=10,
    n_absorbed=20,
    n_recent=1500,
    n_alone=300,
    n_continued=400,
    granularity=0.0,
)
USUAL = RunFacts(singletons=0.2, granularity=0.0)


def check(
    *,
    chains=(0.0, 600),
    tears=(0.05, 5000),
    told=(400, 50),
    again=(6, 0),
    splits=4,
    before=USUAL,
    **facts,
):
    run = replace(GOOD, events={"split": splits}, **facts)
    signs = Signs(chains, tears, Shared(*told), Again(*again))
    return judged_facts(run, signs, before)


def test_an_ordinary_night_is_published():
    found = check()
    assert found.reasons == ()
    assert found.shares() == {
        "churn": 0.01,
        "fragmentation": 0.01,
        "merged": 0.02,
        "chained": 0.0,
        "torn": 0.05,
        "shared": 0.8889,
        "astray": 0.0,
        "singletons": 0.2,
    }
    kept = found.added_to(GOOD)
    assert (kept.churn, kept.singletons, kept.n_placed) == (0.01, 0.2, 1000)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"n_moved": 300}, "30% of the articles would change story"),
        ({"splits": 100}, "25% of the stories would split"),
        (
            {"n_absorbed": 600},
            "60% of the articles would go to another story with all of their own",
        ),
        ({"chains": (0.6, 600)}, "60% of the articles in the largest stories are in chains"),
        ({"tears": (0.98, 500)}, "98% of the pairs that are likelier than not one event are in no"),
        ({"told": (55, 50)}, "52% of 105 share more words with the nearest earlier article"),
        ({"again": (6, 2)}, "2 of 6 articles that were encoded again have another vector"),
        ({"n_alone": 900}, "60% of the articles would be in no story after 20%"),
        (
            {"n_alone": 0, "before": RunFacts(singletons=0.5)},
            "0% of the articles would be in no story after 50%",
        ),
    ],
)
def test_each_limit_holds_the_stories_back(facts, said):
    (reason,) = check(**facts).reasons
    assert said in reason
    assert "expected" in reason


@pytest.mark.parametrize(
    "facts",
    [
        {"tears": (1.0, 99)},
        {"told": (49, 50)},
        {"told": (0, 0), "again": (0, 0)},
        {"again": (6, 1)},
        {"n_moved": 50, "n_placed": 99},
        {"splits": 50, "n_continued": 99},
        {"n_alone": 90, "n_recent": 99},
        {"n_absorbed": 99, "n_placed": 99},
        {"chains": (1.0, 99)},
        {"n_alone": 1500, "before": None},
        {
            "n_placed": 0,
            "n_moved": 0,
            "n_absorbed": 0,
            "n_continued": 0,
            "splits": 0,
            "before": None,
        },
    ],
)
def test_too_little_is_not_judged(facts):
    assert check(**facts).reasons == ()


def test_a_turned_dial_may_merge_stories():
    assert check(n_absorbed=600, granularity=2.0).reasons == ()
