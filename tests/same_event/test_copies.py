"""Edited versions of a text are found by their words; templates filled anew are not."""

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.copies import (
    COPY_DAYS,
    LEAST_SHARED,
    TEXTS_AT_ONCE,
    Telling,
    Versions,
    are_versions,
    fold_copies,
    is_copy,
    near_copies,
    shared,
)
from engine.same_event.readings import Readings
from engine.same_event.triples import FEWEST_TRIPLES, hashed_triples, signatures_of
from engine.same_event.window import Window

HOUR = 3600.0
START = 1.7e9
CHANCE = random.Random(4)
WORDS = ["".join(CHANCE.choices("abcdefghij", k=6)) for _ in range(3000)]


def text(seed, n_words=200):
    return " ".join(random.Random(seed).choices(WORDS, k=n_words))


def edited(body, n_changes=3, seed=0):
    words = body.split(" ")
    for place in random.Random(seed).sample(range(len(words)), n_changes):
        words[place] = "edited"
    return " ".join(words)


def every(window):
    return Rows(np.arange(len(window)))


def found(*bodies, hours=None, sources=None, titles=None):
    times = START + HOUR * np.array(hours if hours is not None else range(len(bodies)), float)
    sources = sources or [f"outlet {number}" for number in range(len(bodies))]
    titles, languages = titles or [""] * len(bodies), ["en"] * len(bodies)
    window = Window(
        titles, bodies, languages, sources, times, np.eye(len(bodies), dtype=np.float32)
    )
    return near_copies(
        window, every(window), signatures_of(*hashed_triples(bodies), len(bodies))
    ).tolist()


def folded(window):
    read = Readings.of(window)
    return fold_copies(window, every(window), read.leads, read.signatures).tolist()


def test_some_texts_are_folded_as_if_there_were_no_others():
    bodies = [text(1), text(2), edited(text(2)), edited(text(1)), text(2)]
    window = Window(
        [""] * 5, bodies, ["en"] * 5, [""] * 5, np.full(5, START), np.zeros((5, 0), np.float32)
    )
    rows = Rows(np.array([4, 3, 2]))
    read = Readings.of(window).take(rows)
    assert fold_copies(window, rows, read.leads, read.signatures).tolist() == [0, 1, 0]
    assert folded(window.take(rows)) == [0, 1, 0]


def test_an_edited_version_is_found_whatever_its_headline():
    first = text(1)
    assert found(first, text(2), edited(first), titles=["One", "Two", "Three"]) == [0, 1, 0]


def test_the_earliest_stands_for_the_others():
    first = text(1)
    assert found(edited(first), first, hours=[5, 0]) == [1, 1]
    assert found(edited(first), first, hours=[5, 5]) == [0, 0]


def test_a_version_that_adds_paragraphs_is_found():
    first = text(1)
    assert found(first, f"{first} {text(2, 30)} In 2024 Echo said 7.") == [0, 0]


def test_a_rewritten_text_is_none():
    first = text(1)
    assert found(first, edited(first, 60)) == [0, 1]


def test_versions_days_apart_are_none_but_a_chain_of_them_is():
    first = text(1)
    apart = 24 * COPY_DAYS
    assert found(first, edited(first), hours=[0, apart + 1]) == [0, 1]
    assert (
        found(first, edited(first), edited(first, seed=2), hours=[0, apart, 2 * apart]) == [0] * 3
    )


def test_undated_texts_are_copies_of_undated_ones_only():
    first = text(1)
    versions = [first, edited(first), edited(first, seed=2)]
    assert found(*versions, hours=[0, np.nan, np.nan]) == [0, 1, 1]


def test_short_texts_are_left_to_other_evidence():
    first = text(1, FEWEST_TRIPLES + 1)
    assert found(first, first) == [0, 1]
    first = text(1, FEWEST_TRIPLES + 2)
    assert found(first, first) == [0, 0]


WEATHER = (
    "The wind comes from the west today and turns to the north in the evening, with showers "
    "near the coast. In the afternoon it will be {high} degrees in the south and {low} degrees "
    "in the north. Tonight the showers move inland and the temperature falls quickly, and "
    "tomorrow morning there may be fog in low places, so drivers are asked to take care on "
    "roads near the rivers and in the valleys between the hills."
)
CRIME = (
    "Police in {town} arrested a man on Tuesday evening after neighbours heard shots in a "
    "street near the station. Nobody was hurt. The man was taken to the police station and "
    "will be heard by a judge. Officers searched his house and found a weapon, which will be "
    "examined. Witnesses are asked to call the police. The street was closed for traffic for "
    "two hours, and trains had to wait."
)


@pytest.mark.parametrize("sources", [["Echo", "Echo"], ["Echo", "Post"], ["", ""]])
def test_a_template_with_other_numbers_is_another_event(sources):
    today, tomorrow = WEATHER.format(high=21, low=17), WEATHER.format(high=23, low=16)
    assert shared(Telling("", today), Telling("", tomorrow)) >= LEAST_SHARED
    assert found(today, tomorrow, hours=[0, 24], sources=sources) == [0, 1]
    assert found(today, today, hours=[0, 24], sources=sources) == [0, 0]


def test_one_outlets_template_with_other_names_is_another_event():
    here, there = CRIME.format(town="Arnhem"), CRIME.format(town="Zwolle")
    assert shared(Telling("", here), Telling("", there)) >= LEAST_SHARED
    assert found(here, there, sources=["Echo", "Echo"]) == [0, 1]
    assert found(here, there, sources=["Echo", "Post"]) == [0, 0]


def test_numbers_in_the_headline_count():
    pair = [Telling("Index at 21", text(1)), Telling("Index at 23", text(1))]
    assert not is_copy(*pair)
    assert is_copy(pair[0], pair[0])


def test_scripts_without_spaces():
    signs = [chr(0x4E00 + CHANCE.randrange(3000)) for _ in range(150)]
    first = "".join(signs)
    signs[40] = "桥"
    assert found(first, "".join(signs)) == [0, 0]


def naive(bodies):
    """The oracle: all pairs, words by hand."""
    kept: list[tuple[int, set[tuple[str, ...]]]] = []
    out = []
    for number, body in enumerate(bodies):
        words = body.split()
        triples = {tuple(words[i : i + 3]) for i in range(len(words) - 2)}
        alike = [
            (len(triples & other) / len(triples | other), -row)
            for row, other in kept
            if len(triples & other) >= LEAST_SHARED * len(triples | other)
        ]
        out.append(-max(alike)[1] if alike else number)
        if not alike:
            kept.append((number, triples))
    return out


CHANGES = [0, 1, 2, 5, 8, 30]
"""Words that are changed: no two texts share a little over `LEAST_SHARED`, where signatures miss
two of 1,000 pairs."""


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(CHANGES), st.integers(0, 2)),
        max_size=12,
    )
)
@settings(deadline=None, max_examples=60)
def test_the_same_copies_as_comparing_every_pair(drawn):
    bodies = [edited(text(seed), n_changes, change) for seed, n_changes, change in drawn]
    out = found(*bodies, hours=[0] * len(bodies))
    assert out == naive(bodies)
    assert [out[row] for row in out] == out


def test_copies_of_copies_fold_onto_one_row():
    first = text(1)
    bodies = [first, first.upper(), edited(first), edited(first)]
    rows = len(bodies)
    window = Window(
        titles=["Bridge"] * rows,
        bodies=bodies,
        languages=["en"] * rows,
        sources=["A", "B", "C", "D"],
        published=START + HOUR * np.arange(rows)[::-1].astype(float),
        vectors=np.ones((rows, 1), np.float32),
    )
    assert folded(window) == [3, 3, 3, 3]


@pytest.mark.slow
def test_many_texts_of_one_template_take_no_long_time():
    bodies = [f"{WEATHER.format(high=n, low=n + 1)}" for n in range(3000)]
    assert found(*bodies, hours=[0] * 3000, sources=["Echo"] * 3000) == list(range(3000))


@given(st.lists(st.text("ab 1.É的", max_size=60), max_size=5))
def test_many_texts_share_the_triples_that_two_share(bodies):
    by_words = [Telling("", body).triples for body in bodies]
    rows, triples = hashed_triples(bodies)
    numbers = [frozenset(triples[rows == row].tolist()) for row in range(len(bodies))]
    assert list(map(len, numbers)) == list(map(len, by_words))
    for one, other in combinations(range(len(bodies)), 2):
        assert len(numbers[one] & numbers[other]) == len(by_words[one] & by_words[other])


@given(st.lists(st.integers(0, 60), min_size=45, max_size=70), st.data())
def test_versions_are_told_among_many_texts_as_of_two(words, data):
    # One text with more and more words changed: versions up to some of them.
    changes = st.lists(st.integers(0, len(words) - 1), max_size=12)
    bodies = []
    for changed in data.draw(st.lists(changes, min_size=2, max_size=TEXTS_AT_ONCE + 2)):
        said = [f"new{n}" if n in changed else f"w{word}" for n, word in enumerate(words)]
        bodies.append(" ".join(said))
    told, tellings = Versions(bodies), [Telling("", body) for body in bodies]
    for one, other in combinations(range(len(bodies)), 2):
        expected = are_versions(tellings[one].triples, tellings[other].triples)
        assert told(one, other) == expected == told(other, one)
        possible = told.possible(Rows(np.array([one, other])), Rows(np.array([other, one])))
        assert possible.all() or not (expected or possible.any())


def test_texts_without_words_are_no_versions():
    assert not Versions(["", "…"])(0, 1)
