"""What the texts of a window say, each read once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.bags import Bags
from engine.same_event.readings import READ_CHARACTERS, Readings, lead_numbers
from engine.same_event.window import Window, canonical_order
from engine.same_event.window_terms import WindowTerms

TEXTS = (
    "A bridge near Halmstad fell. Police say Karin Lind saw it at 17.40 with 23 others.",
    "The council of Halmstad met on a Tuesday. Karin Lind says nothing about 41 bridges.",
    "Der Rat von Halmstad tagte. Karin Lind nannte am Dienstag 23 Gründe, sagt Lind.",
    "Many agreed. Karin Lind did not, and karin said 1,200 times so.",
    "",
)


def window_of(texts):
    n_articles = len(texts)
    return Window(
        titles=[f"Report {number % 2}" for number in range(n_articles)],
        bodies=texts,
        languages=[("en", "de", "und")[number % 3] for number in range(n_articles)],
        sources=[""] * n_articles,
        published=np.full(n_articles, np.nan),
        vectors=np.eye(n_articles, 4, dtype=np.float32),
    )


def bags_of(bags: Bags) -> list[set[str]]:
    cut = np.split(bags.columns, bags.starts[1:-1])
    return [{bags.words[column] for column in columns.tolist()} for columns in cut]


def test_words_are_told_apart_by_where_they_stand():
    read = Readings.of(window_of(TEXTS[:1]))
    assert bags_of(read.first) == [{"Report", "bridge", "Police", "with"}]
    assert {"Halmstad", "Karin", "Lind", "fell"} <= bags_of(read.later)[0]
    assert bags_of(read.lead_numbers) == [{"0", "17.40", "23"}]


def test_what_stands_late_in_a_text_is_not_read():
    late = "word " * (READ_CHARACTERS // 5) + "Karin 77"
    read = Readings.of(window_of([late]))
    assert "Karin" not in bags_of(read.later)[0]
    assert bags_of(read.numbers) == [{"0"}]


@given(st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=8), st.data())
def test_a_part_of_what_was_read_is_what_reading_the_part_gives(picked, data):
    window = window_of([TEXTS[number] for number in picked])
    places = st.lists(st.integers(0, len(picked) - 1), min_size=1, unique=True)
    rows = Rows(np.array(data.draw(places), np.int64))
    part = window.take(rows)
    taken, anew = Readings.of(window).take(rows), Readings.of(part)
    assert (taken.contents, taken.leads) == (anew.contents, anew.leads)
    for name in ("first", "later", "lead_numbers", "numbers"):
        assert bags_of(getattr(taken, name)) == bags_of(getattr(anew, name))
    pairs = np.array([(one, two) for one in range(len(rows)) for two in range(one)], int)
    pairs = pairs.reshape(-1, 2)
    one, other = WindowTerms.of(part, taken), WindowTerms.of(part, anew)
    assert np.array_equal(one.overlap(pairs), other.overlap(pairs), equal_nan=True)
    assert np.array_equal(one.rare_pairs(), other.rare_pairs())


def test_numbers_of_leads_are_those_of_a_reading():
    window = window_of(TEXTS)
    assert bags_of(lead_numbers(window)) == bags_of(Readings.of(window).lead_numbers)


@pytest.mark.parametrize("wanted", [(), ("Halmstad",), ("Halmstad", "fell", "met")])
def test_some_words_of_bags(wanted):
    bags = Readings.of(window_of(TEXTS)).later
    among = bags.among(np.array([word in wanted for word in bags.words], np.bool_))
    assert bags_of(among) == [found & set(wanted) for found in bags_of(bags)]
    n_articles = dict(zip(bags.words, among.n_articles().tolist(), strict=True))
    assert sum(n_articles.values()) == len(among.columns)


def test_the_order_is_that_of_contents():
    contents = Readings.of(window_of(TEXTS)).contents
    assert canonical_order(contents).tolist() == np.argsort(np.array(contents)).tolist()
