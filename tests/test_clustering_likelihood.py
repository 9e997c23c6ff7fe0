"""Probabilities of single pairs, outside of any clustering."""

import json

import numpy as np
import pytest

from engine.clustering import Mixture, Window, first_with_others, weigh_hits
from engine.clustering.mixture import usual_mixture
from engine.clustering.pair_model import shipped_model

DAY = 86400.0


def window(cosines, *, days=None, first="x" * 400):
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


DATES = np.arange(60) * DAY


def same_event(window, dates, **options):
    return weigh_hits(window, first_with_others(len(window)), dates, **options)[1].probabilities


def test_nearer_is_likelier_and_all_are_probabilities():
    found = same_event(window([0.1, 0.3, 0.5, 0.7, 0.9]), DATES)
    assert found.shape == (5,)
    assert (np.diff(found) > 0).all()
    assert found[0] < 0.05
    assert found[-1] > 0.95
    assert ((found >= 0) & (found <= 1)).all()


def test_the_same_cosine_says_less_weeks_later():
    soon, late = same_event(window([0.5, 0.5], days=[0.1, 30]), DATES)
    assert soon > late


def test_the_same_cosine_says_more_of_a_short_text():
    (article,) = same_event(window([0.45]), DATES)
    (question,) = same_event(window([0.45], first="Who won?"), DATES)
    assert question > article


def test_a_lone_article_has_no_others():
    assert same_event(window([]), DATES).shape == (0,)


@pytest.mark.parametrize("dates", [np.empty(0), np.array([np.nan] * 3)], ids=["none", "undated"])
def test_a_base_without_dates_is_no_problem(dates):
    found = same_event(window([0.5], days=[1]), dates)
    assert 0 < found[0] < 1


def test_what_a_clustering_found_of_the_base_is_believed():
    """Where events are many and near, the same cosine says more than where they are rare."""
    usual = usual_mixture(shipped_model())
    rare, common = (usual._replace(share=share) for share in (0.05, 0.5))
    found = [same_event(window([0.5]), DATES, mixture=m)[0] for m in (rare, None, common)]
    assert found == sorted(found)
    # A question is less near to everything wherever it is asked, but not less often answered.
    asked = [
        same_event(window([0.4], first="Who won?"), DATES, mixture=m)[0] for m in (rare, common)
    ]
    assert asked[0] < asked[1]


def test_a_mixture_is_kept_as_json():
    usual = usual_mixture(shipped_model())
    kept = Mixture.of_values(json.loads(json.dumps(usual.values())))
    assert kept.share == pytest.approx(usual.share, abs=1e-4)
    assert kept.related == pytest.approx(usual.related, abs=1e-4)
    assert isinstance(kept.related, np.ndarray)
