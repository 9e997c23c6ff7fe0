"""Probabilities of single pairs, outside of any clustering."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from engine.same_event.hit_curve import shipped_curve
from engine.same_event.hits import Backdrop, first_with_others, weigh_hits, worth_showing
from engine.same_event.mixture import Mixture, usual_mixture
from engine.same_event.pair_model import shipped_model
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window

DAY = 86400.0
CURVE = Path(__file__).resolve().parents[2] / "engine" / "same_event" / "hit_curve.json"
QUESTION = "Who won the race?"


def window(cosines, *, days=None, first="x" * 1000):
    """Return articles whose cosine to the first is as given."""
    rows = [[1.0, 0.0], *([c, (1 - c * c) ** 0.5] for c in cosines)]
    n = len(rows)
    published = np.full(n, np.nan) if days is None else np.array([0.0, *days]) * DAY
    return Window(
        titles=[""] * n,
        bodies=[first, *["y" * 400] * (n - 1)],
        languages=["en"] * n,
        sources=[""] * n,
        published=published,
        vectors=np.array(rows, np.float32),
    )


def base(dates=None, *, spread=0.09):
    """Return a base of which the first article of a window has cosines of one size."""
    dates = np.arange(60) * DAY if dates is None else dates
    row = np.array([spread, (1 - spread * spread) ** 0.5], np.float32)
    return Backdrop(TimeEvidence(dates, shipped_model()), np.tile(row, (100, 1)))


def same_event(window, backdrop=None, **options):
    pairs = first_with_others(len(window))
    return weigh_hits(window, pairs, backdrop or base(), **({"curve": shipped_curve()} | options))[
        1
    ].probabilities


@pytest.mark.parametrize("first", ["x" * 1000, QUESTION], ids=["article", "question"])
def test_nearer_is_likelier_and_all_are_probabilities(first):
    found = same_event(window([0.0, 0.1, 0.3, 0.5, 0.7, 0.9], first=first))
    assert found.shape == (6,)
    assert (np.diff(found) > 0).all()
    assert found[0] < 0.05
    assert found[-1] > 0.95
    assert ((found >= 0) & (found <= 1)).all()


def test_the_same_cosine_says_less_weeks_later():
    soon, late = same_event(window([0.5, 0.5], days=[0.1, 30]))
    assert soon > late


def test_a_low_cosine_says_more_of_a_short_text_and_a_high_one_less():
    article = same_event(window([0.2, 0.7]))
    question = same_event(window([0.2, 0.7], first=QUESTION))
    assert question[0] > article[0]
    assert question[1] < article[1]


def test_one_character_more_changes_next_to_nothing():
    """There is no length at which a question becomes an article."""
    lengths = range(3, 1200)
    found = [same_event(window([0.45], first="x" * length))[0] for length in lengths]
    steps = np.abs(np.diff(found)) * np.array(lengths[1:])
    assert steps.max() < 0.5  # at most half a percent for a percent of its length


def test_the_same_cosine_says_less_of_a_text_that_is_near_to_everything():
    narrow, wide = (same_event(window([0.45]), base(spread=s))[0] for s in (0.06, 0.15))
    assert narrow > wide


def test_a_text_is_not_taken_for_its_own_background():
    asked, own = window([0.45]), np.array([[1.0, 0.0]], np.float32)
    with_itself = Backdrop(base().timing, np.concatenate([base().vectors, own]))
    assert same_event(asked, with_itself) == pytest.approx(same_event(asked))


def test_a_lone_article_has_no_others():
    assert same_event(window([])).shape == (0,)


@pytest.mark.parametrize("dates", [np.empty(0), np.array([np.nan] * 3)], ids=["none", "undated"])
def test_a_base_without_dates_is_no_problem(dates):
    found = same_event(window([0.5], days=[1]), base(dates))
    assert 0 < found[0] < 1


def test_a_base_of_one_article_is_no_problem():
    timing = TimeEvidence(np.array([0.0]), shipped_model())
    lone = Backdrop(timing, np.array([[0.5, 0.75**0.5]], np.float32))
    found = same_event(window([0.1, 0.9]), lone)
    assert found[0] < 0.1
    assert found[1] > 0.9


def test_what_a_clustering_found_of_the_base_is_believed():
    """Where events are many, the same cosine says more than where they are rare."""
    usual = usual_mixture(shipped_model())
    for first in ("x" * 1000, QUESTION):
        asked = window([0.45], first=first)
        rare, common = (usual._replace(share=share) for share in (0.05, 0.5))
        found = [same_event(asked, mixture=m)[0] for m in (rare, None, common)]
        assert found == sorted(found)
        assert found[0] < found[-1]


def shown(asked):
    curve = shipped_curve()
    features, evidence = weigh_hits(asked, first_with_others(len(asked)), base(), curve=curve)
    return worth_showing(features.cosines, evidence, curve).tolist(), evidence.probabilities


def test_what_is_far_in_meaning_is_nothing_and_another_day_of_it_is_not():
    found, chances = shown(window([0.0, 0.45], days=[0.1, 40], first=QUESTION))
    assert found == [False, True]
    assert chances[1] < 0.5


def test_what_is_less_near_is_shown_after_what_is_near_but_not_alone():
    less = [0.15, 0.16]
    assert shown(window([0.5, *less], first=QUESTION))[0] == [True, True, True]
    assert shown(window(less, first=QUESTION))[0] == [False, False]


def test_a_mixture_is_kept_as_json():
    usual = usual_mixture(shipped_model())
    kept = Mixture.of_values(json.loads(json.dumps(usual.values())))
    assert kept.share == pytest.approx(usual.share, abs=1e-4)
    assert kept.related == pytest.approx(usual.related, abs=1e-4)
    assert isinstance(kept.related, np.ndarray)


def test_the_shipped_curve_is_as_good_left_out_as_is_said():
    report = json.loads(CURVE.read_text(encoding="utf-8"))["report"]
    errors = {name: bands["words"][0] for name, bands in report["left_out"].items()}
    assert {name.split(".")[0] for name in errors} == set(report["sets"])
    assert max(errors.values()) <= 0.085, errors


def test_small_bases_are_not_taken_to_hold_what_is_asked_for():
    """Each left out: how often the best hit is sure where the base has none of the event."""
    small = json.loads(CURVE.read_text(encoding="utf-8"))["report"]["small"]
    bands = ("words", "title", "sentence", "lead")
    errors = {name: [found[band][0] for band in bands if band in found]
              for name, found in small.items()}  # fmt: skip
    assert max(map(max, errors.values())) <= 0.06, errors
    sure = np.array([found["absent"] for found in small.values()])
    assert (sure.mean(axis=0) <= (0.15, 0.05)).all(), sure
    assert (sure.max(axis=0) <= (0.35, 0.12)).all(), sure


@pytest.mark.parametrize("first", ["x" * 1000, QUESTION], ids=["article", "question"])
def test_a_middling_cosine_says_less_where_few_articles_are_near_to_anything(first):
    """Neighbours of other events are at .15 in a base of a hundred, at .3 among thousands."""
    usual = usual_mixture(shipped_model())
    small = usual._replace(unrelated=np.array([0.15, 0.06]), related=np.array([0.55, 0.5]))
    asked = window([0.25, 0.6], first=first)
    little, much = same_event(asked, base(spread=0.08), mixture=small)
    assert little < 0.5
    assert much > 0.9


@pytest.mark.data
@pytest.mark.slow
def test_questions_of_a_labelled_set_can_be_believed(data_folder, tmp_path, monkeypatch):
    """The whole way from the texts; the curve that is shipped has seen this set."""
    monkeypatch.syspath_prepend(CURVE.parents[2] / "benchmarks")
    training = importlib.import_module("train_hit_curve")
    for hits in training.hits_of("giveme5w1h", data_folder, tmp_path):
        error, *_ = training.score(hits, shipped_curve())["words"]
        assert error <= 0.08, hits.name
