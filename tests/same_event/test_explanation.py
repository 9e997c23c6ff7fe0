import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.same_event.evidence import weigh
from engine.same_event.explanation import explain
from engine.same_event.features import pair_features
from engine.same_event.hits import Backdrop, first_with_others, weigh_hits
from engine.same_event.mixture import usual_mixture
from engine.same_event.pair_model import shipped_model
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

HOUR = 3600.0
VISIT = (
    "Moscow: president Путин visited Kazan with 1,200 guests",
    "The visit of Putin to Kazan drew 300 guests",
)


def window_of(titles, published=(0.0, HOUR), vectors=None):
    return Window(
        titles=list(titles),
        bodies=[""] * len(titles),
        languages=["en"] * len(titles),
        sources=[""] * len(titles),
        published=np.array(published),
        vectors=np.eye(len(titles), dtype=np.float32) if vectors is None else vectors,
    )


def explained(window, pairs=((0, 1),)):
    pairs = np.array(pairs, np.int64)
    model = shipped_model()
    features = pair_features(window, pairs, WindowTerms.of(window))
    evidence = weigh(
        features, TimeEvidence(window.published, model), model, mixture=usual_mixture(model)
    )
    return explain(window, pairs, features, evidence)


def test_an_explanation_names_what_is_shared_and_what_differs():
    (found,) = explained(window_of(VISIT))
    assert set(found.shared_names) == {"Putin", "Kazan"}
    assert found.shared_terms == ("guests",)
    assert (found.only_first, found.only_second) == (("1200",), ("300",))
    assert found.hours_apart == pytest.approx(1)
    assert found.cosine == pytest.approx(0)


def test_a_name_of_one_article_is_told_unless_the_other_writes_it_small():
    first = "They said that Marta Kowal met the Commission in Geneva"
    second = "They said that the commission met in Paris"
    (found,) = explained(window_of([first, second]))
    assert set(found.names_only_first) == {"Marta", "Kowal", "Geneva"}
    assert found.names_only_second == ("Paris",)


def test_weekdays_and_counts_that_differ_are_told():
    first = "A quake of magnitude 6.1 hit Lund on Monday and hurt 12 people"
    second = "On Friday or Monday magnitude 5.8 was felt in Lund, 12 people said on Sunday"
    (found,) = explained(window_of([first, second]))
    assert (found.weekdays_only_first, found.weekdays_only_second) == ((), ("Friday", "Sunday"))
    assert found.counted_apart == (("magnitude", "6.1", "5.8"),)


def test_weekdays_of_one_article_alone_are_not_told():
    (found,) = explained(window_of(["It fell in Lund on Monday", "It fell in Oslo"]))
    assert found.weekdays_only_first == ()


def test_months_and_days_are_neither_names_nor_terms_that_two_share():
    first = "They met in Geneva on a Tuesday of March with guests"
    second = "They left Geneva on the Tuesday in March, guests said"
    (found,) = explained(window_of([first, second]))
    assert found.shared_names == ("Geneva",)
    assert found.shared_terms == ("guests", "they")


def test_words_of_both_are_shown_as_they_are_written():
    (found,) = explained(window_of(["火山喷发", "火山危险"]))
    assert found.shared_terms == ("火山",)


def test_an_article_without_a_date_is_no_time_apart():
    (found,) = explained(window_of(VISIT, published=(0.0, np.nan)))
    assert (found.hours_apart, found.by_time) == (None, 0.0)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.0, 1.0),
    st.floats(0.0, 1e6),
    st.lists(st.sampled_from([*VISIT, "Rain fell", "He said 7 of Oslo"]), min_size=2, max_size=2),
)
def test_the_parts_of_an_explanation_are_what_the_probability_is_made_of(cosine, gap, titles):
    vectors = np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]], np.float32)
    (found,) = explained(window_of(titles, (0.0, gap), vectors))
    parts = found.prior + found.by_cosine + found.by_time + found.by_terms + found.conflict
    assert found.probability == pytest.approx(1 / (1 + np.exp(-np.clip(parts, -30, 30))))


def test_hits_are_explained_as_they_were_weighed_without_names():
    window = window_of([*VISIT, "Snow fell in Oslo"], (0.0, HOUR, 9 * HOUR))
    backdrop = Backdrop(TimeEvidence(window.published, shipped_model()), window.vectors)
    features, evidence = weigh_hits(window, first_with_others(len(window)), backdrop)
    found = explain(window, np.array([[0, 1], [0, 2]], np.int64), features, evidence)
    assert [part.by_terms for part in found] == [0.0, 0.0]
    assert [part.hours_apart for part in found] == pytest.approx([1, 9])
    assert "Kazan" in found[0].shared_names
    assert "Oslo" in found[1].names_only_second
