"""What the texts of a window say, each read once."""

import hashlib
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import LEAD_CHARACTERS, Rows
from engine.same_event.readings import FORM, READ_AT_ONCE, READ_CHARACTERS, Readings
from engine.same_event.window import Window, canonical_order
from engine.same_event.window_terms import WindowTerms
from tests.same_event.cases import bags_of

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
    every = Rows(np.arange(len(rows)))
    one, other = (WindowTerms.of(part, read.said(every)) for read in (taken, anew))
    assert np.array_equal(one.compare(pairs)[0], other.compare(pairs)[0], equal_nan=True)
    assert np.array_equal(one.rare_pairs(), other.rare_pairs())


def same(one, other):
    names = ("first", "later", "lead_numbers", "numbers")
    return (
        (one.contents, one.leads) == (other.contents, other.leads)
        and np.array_equal(one.signatures, other.signatures)
        and np.array_equal(one.marked.sizes, other.marked.sizes)
        and np.array_equal(one.marked.marks, other.marked.marks)
        and all(bags_of(getattr(one, name)) == bags_of(getattr(other, name)) for name in names)
    )


@given(st.lists(st.text() | st.sampled_from(TEXTS), max_size=6), st.integers(0, 6))
def test_how_a_window_is_cut_changes_nothing(texts, place):
    window = window_of(texts)
    rows = Rows(np.arange(len(texts)))
    parts = [Readings.of(window.take(Rows(some))) for some in (rows[:place], rows[place:])]
    assert same(Readings.of_parts(parts), Readings.of(window))


def test_workers_read_the_same(processes):
    texts = [f"{TEXTS[n % 3]} {n} {' '.join(TEXTS)}" for n in range(2 * READ_AT_ONCE + 5)]
    window = window_of(texts)
    read = Readings.of(window)
    assert read.signatures.any(axis=1).all()
    assert same(Readings.by(processes, window), read)


@given(st.text("ab1.,'’-_ É\n“:の", max_size=60), st.integers(990, 1000))
def test_words_and_numbers_are_those_of_the_patterns(end, n_before):
    window = window_of([end.rjust(n_before, "x") + end])
    text = window.lead(0) + f"Report 0\n{window.bodies[0]}"[LEAD_CHARACTERS:READ_CHARACTERS]
    sentences = [re.findall(r"[^\W\d_][\w’'-]+", part) for part in re.split(r'[.!?:…\n“"«„]', text)]
    number = re.compile(r"\d+(?:[.,:]\d+)*")
    lead = set(number.findall(text[:LEAD_CHARACTERS]))
    read = Readings.of(window)
    assert bags_of(read.first) == [{words[0] for words in sentences if words}]
    assert bags_of(read.later) == [{word for words in sentences for word in words[1:]}]
    assert bags_of(read.lead_numbers) == [lead]
    assert bags_of(read.numbers) == [lead | set(number.findall(text[LEAD_CHARACTERS:]))]


def test_the_order_is_that_of_contents():
    contents = Readings.of(window_of(TEXTS)).contents
    assert canonical_order(contents).tolist() == np.argsort(np.array(contents)).tolist()


@given(st.lists(st.text() | st.sampled_from(TEXTS), max_size=6), st.data())
def test_what_is_kept_is_what_was_read(texts, data):
    read = Readings.of(window_of(texts))
    kept = Readings.from_arrays(read.to_arrays())
    assert same(kept, read)
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True)) if texts else []
    some = Readings.of_parts([kept.take(Rows(np.array(rows, np.int64)))])
    assert same(some, Readings.of(window_of(texts)).take(Rows(np.array(rows, np.int64))))
    for bags in (some.first, some.later), (some.lead_numbers, some.numbers):
        used = {word for bag in bags for words in bags_of(bag) for word in words}
        assert set(bags[0].words) == used, "words of texts that are gone are gone"


def test_the_form_is_raised_with_what_is_read():
    arrays = Readings.of(window_of(TEXTS)).to_arrays()
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(arrays):
        digest.update(arrays[name].tobytes())
    assert (FORM, digest.hexdigest()) == (2, "f105001b96be3743"), (
        "raise FORM, or nights go on with what an earlier engine has read"
    )
