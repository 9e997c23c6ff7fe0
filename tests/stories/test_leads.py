"""What leads say is as reading each of them alone finds it."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.capitals import read_capitals
from engine.same_event.names import names_among
from engine.stories.leads import Leads
from engine.words.terms import words
from engine.workers.local import LocalExecutor
from tests.stories.cases import window_of
from tests.workers.cases import ElsewhereExecutor

TEXTS = [
    "Ministers met Karin Lind of New Harbour",
    "وصل الزلزال",
    "Zhou En met 周恩来",
    "",
    "İZMİR'de",
]


PIECES = [
    "A", "b", "É", "ß", "'", "’", "-", " ", ".", "1", "_", "\u0301", "的", "א", "\n", "(", "ª",
    " Post", "Post's", "May", "Mai", "İ", "ǅ",
]  # fmt: skip


def window(titles):
    return window_of(np.ones((len(titles), 2)), titles=titles)


def words_of(bags, row):
    return {bags.words[place] for place in bags.of(row)}


@settings(max_examples=50)
@given(st.lists(st.sampled_from(TEXTS) | st.text(max_size=40), min_size=1, max_size=6))
def test_leads_say_what_each_says_alone(titles):
    view = window(titles)
    leads = Leads.by(LocalExecutor(), view)
    assert leads.capitals() == [read_capitals(view, row) for row in range(len(titles))]
    for row in range(len(titles)):
        assert words_of(leads.said, row) == set(words(view.lead(row)))


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
            st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
            st.sampled_from(["en", "de", "zh", "und"]),
            st.sampled_from(["", "The Post", "É的"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_capitals_found_by_arithmetic_are_those_of_the_patterns(articles):
    titles, bodies, languages, sources = map(list, zip(*articles, strict=True))
    view = replace(window(titles), bodies=bodies, languages=languages, sources=sources)
    leads = Leads.by(LocalExecutor(), view)
    assert leads.capitals() == [read_capitals(view, row) for row in range(len(titles))]


@given(
    st.lists(
        st.lists(st.sampled_from(["Vale", "vale", "Nord", "nord", "İl", "ße", "Met", "met"])),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["en", "de", "tr"]),
)
def test_names_are_those_of_all_words_where_only_small_names_are_left(texts, language):
    bodies = [f"They {' '.join(text)}." for text in texts]
    view = replace(window([""] * len(texts)), bodies=bodies, languages=[language] * len(texts))
    leads = Leads.by(LocalExecutor(), view)
    few = leads.small_names()
    for nouns in (frozenset[str](), frozenset([language])):
        found, expected = (
            names_among(dict(enumerate(own.capitals())), view.languages, nouns)
            for own in (few, leads)
        )
        assert found == expected
    assert set(few.words.used()) <= set(leads.words.used())
    assert "they" not in {leads.words.words[place] for place in few.words.used()}


def test_leads_are_as_they_were_kept_and_sent():
    view = window(TEXTS)
    leads = Leads.by(ElsewhereExecutor(), view)
    again = Leads.from_arrays(leads.to_arrays())
    assert again.capitals() == leads.capitals()
    rows = Rows(np.array([4, 0]))
    bare = again.take(rows).with_words((), ())
    some = bare.with_words(leads.said.words, leads.words.words)
    assert some.capitals() == [leads.capitals()[row] for row in rows]
    both = Leads.of_parts([again, some])
    assert both.capitals() == [*leads.capitals(), *some.capitals()]
    assert words_of(both.said, 5) == words_of(leads.said, 4)
