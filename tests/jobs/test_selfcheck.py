"""When the stories of a night are held back."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.jobs import selfcheck
from engine.jobs.selfcheck import self_check
from tests.jobs.night_cases import Stream, hashing_base

GOOD = {
    "n_placed": 1000,
    "n_moved": 10,
    "n_absorbed": 20,
    "n_recent": 1500,
    "n_alone": 300,
    "n_continued": 400,
    "granularity": 0.0,
}


def check(
    monkeypatch, *, agreement=0.95, compared=500, chains=0.0, inside=600, splits=4,
    before=None, **facts,
):  # fmt: skip
    monkeypatch.setattr(selfcheck, "halves_agreement", lambda *_: (agreement, compared))
    monkeypatch.setattr(selfcheck, "chained_share", lambda *_: (chains, inside))
    run = SimpleNamespace(facts=GOOD | {"events": {"split": splits}} | facts)
    earlier = {"singletons": 0.2, "granularity": 0.0} if before is None else before
    reconciled: Any = SimpleNamespace(run=run, grouped=None)
    return self_check(reconciled, before=earlier)


def test_an_ordinary_night_is_published(monkeypatch):
    found = check(monkeypatch)
    assert found.reasons == ()
    assert found.facts() == {
        "agreement": 0.95,
        "churn": 0.01,
        "fragmentation": 0.01,
        "merged": 0.02,
        "chained": 0.0,
        "singletons": 0.2,
    }


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"agreement": 0.5}, "two halves of the window agree by 0.50"),
        ({"n_moved": 300}, "30% of the articles would change story"),
        ({"splits": 100}, "25% of the stories would split"),
        (
            {"n_absorbed": 600},
            "60% of the articles would go to another story with all of their own",
        ),
        ({"chains": 0.6}, "60% of the articles in the largest stories are in chains"),
        ({"n_alone": 900}, "60% of the articles would be in no story after 20%"),
        (
            {"n_alone": 0, "before": {"singletons": 0.5}},
            "0% of the articles would be in no story after 50%",
        ),
    ],
)
def test_each_limit_holds_the_stories_back(monkeypatch, facts, said):
    (reason,) = check(monkeypatch, **facts).reasons
    assert said in reason
    assert "expected" in reason


@pytest.mark.parametrize(
    "facts",
    [
        {"agreement": 0.5, "compared": 99},
        {"n_moved": 50, "n_placed": 99},
        {"splits": 50, "n_continued": 99},
        {"n_alone": 90, "n_recent": 99},
        {"n_absorbed": 99, "n_placed": 99},
        {"chains": 1.0, "inside": 99},
        {"n_alone": 1500, "before": {}},
        {"n_placed": 0, "n_moved": 0, "n_absorbed": 0, "n_continued": 0, "splits": 0, "before": {}},
    ],
)
def test_too_little_is_not_judged(monkeypatch, facts):
    assert check(monkeypatch, **facts).reasons == ()


def test_a_turned_dial_may_merge_stories(monkeypatch):
    assert check(monkeypatch, n_absorbed=600, granularity=2.0).reasons == ()


def test_halves_overlap_in_a_third_and_agree_on_clear_events(tmp_path):
    seen = []

    def look(found, before):
        seen.append(found.grouped)
        return selfcheck.SelfCheck(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())

    with hashing_base(tmp_path / "base") as base, pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.jobs.nightly.self_check", look)
        base.nightly(Stream(tmp_path, seed=1, n_events=40, n_days=2).files())
    agreement, n_compared = selfcheck.halves_agreement(seen[0])
    assert 0.2 < n_compared / len(seen[0].tonight.keys) < 0.5
    assert agreement > 0.8
    assert selfcheck.halves_agreement(seen[0]) == (agreement, n_compared)


def test_what_is_cut_at_random_does_not_agree(tmp_path, monkeypatch):
    randoms = np.random.default_rng(0)
    used = []

    def noise(view, _index, *, model, granularity):
        used.append(granularity)
        return SimpleNamespace(labels=randoms.integers(0, len(view), len(view)))

    seen = []
    with hashing_base(tmp_path / "base") as base:
        original = selfcheck.halves_agreement

        def watched(night):
            seen.append(night)
            return original(night)

        monkeypatch.setattr(selfcheck, "halves_agreement", watched)
        base.nightly(Stream(tmp_path, seed=1, n_events=40, n_days=2).files(), granularity=1)
    monkeypatch.setattr(selfcheck, "group", noise)
    assert original(seen[0])[0] < 0.9
    assert used == [1, 1]
