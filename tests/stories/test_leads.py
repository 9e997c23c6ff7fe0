"""What leads say is as reading each of them alone finds it."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.capitals import read_capitals
from engine.same_event.names import find_names
from engine.same_event.scanned_names import names_of_each
from engine.stories.leads import Leads
from engine.words.terms import words
from engine.workers.local import LocalExecutor
from tests.stories.cases import capitals_of, window_of
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
    assert capitals_of(leads) == [read_capitals(view, row) for row in range(len(titles))]
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
    assert capitals_of(leads) == [read_capitals(view, row) for row in range(len(titles))]


NAMED = [
    "Vale", "vale", "Vale Nord", "Nord", "nord", "İl", "ße", "Met", "the", "O'Neill", "Müller",
    "Mueller", "Вале", "вале", "ヴァレ", "北京", "بوسطن", "Boston", ".", "(", "May",
]  # fmt: skip


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(NAMED), max_size=9),
            st.sampled_from(["en", "de", "tr", "ru", "zh"]),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sets(st.sampled_from(["de", "en"])),
)
def test_names_of_many_stories_are_those_of_the_articles_of_each(articles, nouns):
    texts, languages, places = zip(*articles, strict=True)
    bodies = [f"they {' '.join(text)}" for text in texts]
    view = replace(window([""] * len(texts)), bodies=bodies, languages=list(languages))
    stories = [Rows(np.flatnonzero(np.equal(places, place))) for place in sorted(set(places))]
    odd, even = np.arange(1, len(view), 2), np.arange(0, len(view), 2)
    halves = [Leads.by(LocalExecutor(), view.take(half)) for half in (odd, even)]
    leads = Leads.of_parts(halves).take(Rows(np.argsort([*odd, *even])))  # words in any order
    found = names_of_each(leads.bags(), stories, view.languages, frozenset(nouns))
    assert found == [find_names(view, rows, frozenset(nouns)) for rows in stories]


def test_leads_are_as_they_were_kept_and_sent():
    view = window(TEXTS)
    leads = Leads.by(ElsewhereExecutor(), view)
    again = Leads.from_arrays(leads.to_arrays())
    assert capitals_of(again) == capitals_of(leads)
    rows = Rows(np.array([4, 0]))
    bare = again.take(rows).with_words((), ())
    some = bare.with_words(leads.said.words, leads.words.words)
    assert capitals_of(some) == [capitals_of(leads)[row] for row in rows]
    both = Leads.of_parts([again, some])
    assert capitals_of(both) == [*capitals_of(leads), *capitals_of(some)]
    assert words_of(both.said, 5) == words_of(leads.said, 4)
