"""Probabilities of single pairs, outside of any clustering."""

import numpy as np
import pytest

from engine.clustering import Window, same_event

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
