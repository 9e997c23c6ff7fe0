"""Numbers of the leads of hits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import LEAD_CHARACTERS
from engine.same_event.lead_numbers import LeadNumbers
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

FIELDS = ("titles", "bodies", "languages", "sources", "published", "vectors")
WORDS = st.lists(st.sampled_from(["3", "7", "1,000", "1.000", "17:40", "٣", "met"]), max_size=7)


def window_of(texts):
    return Window(
        titles=[""] * len(texts),
        bodies=texts,
        languages=["und"] * len(texts),
        sources=[""] * len(texts),
        published=np.full(len(texts), np.nan),
        vectors=np.eye(len(texts), 4, dtype=np.float32),
    )


@settings(deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=6))
def test_conflicts_are_those_of_the_terms_of_a_window(found):
    window = window_of(["so " + " ".join(words) for words in found])
    pairs = np.array([(one, two) for one in range(len(window)) for two in range(one)], np.int64)
    conflicts = LeadNumbers(window).compare(pairs)[1]
    of_window = WindowTerms.of(window).compare(pairs)[1]
    assert np.array_equal(conflicts, of_window, equal_nan=True)


def test_numbers_after_the_lead_and_names_are_not_compared():
    late = "word " * (LEAD_CHARACTERS // 5)
    terms = LeadNumbers(window_of([f"3 {late} 12", f"3 {late} 7", "Oslo"]))
    assert terms.compare(np.array([[0, 1]]))[1].tolist() == [0.0]
    assert np.isnan(terms.compare(np.array([[0, 2]]))[1]).all()
    assert np.isnan(terms.compare(np.array([[0, 2]]))[0]).all()


def test_leads_are_read_where_the_other_one_has_a_number():
    read = []

    class Watched(Window):
        def lead(self, row):
            read.append(row)
            return super().lead(row)

    texts = ["no number", "3 dead", "7 dead"]
    terms = LeadNumbers(Watched(**{field: getattr(window_of(texts), field) for field in FIELDS}))
    terms.compare(np.array([[0, 1], [0, 2]]))
    assert read == [0]
    assert terms.compare(np.array([[1, 2]]))[1].tolist() == [1.0]
    assert read == [0, 1, 2]
