from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.names import find_names, noun_languages, written
from engine.same_event.window import Window

GERMAN = "Gestern hat der Minister im Parlament über die Reform der Schulen und Straßen geredet."
ENGLISH = "Yesterday the minister told the parliament about a reform of the schools and roads."


def window_of(texts, languages=None, sources=None, titles=None):
    n = len(texts)
    return Window(
        titles=titles or [""] * n,
        bodies=list(texts),
        languages=languages or ["en"] * n,
        sources=sources or [""] * n,
        published=np.full(n, np.nan),
        vectors=np.ones((n, 1), np.float32),
    )


def names_of(window, nouns=frozenset()):
    return find_names(window, Rows(np.arange(len(window))), nouns)


def spelled(window, like="Latin", nouns=frozenset()):
    return {written(name, like) for name in names_of(window, nouns)}


def test_languages_that_write_nouns_with_capitals_are_told_from_their_texts():
    window = window_of([GERMAN, ENGLISH] * 10, ["de", "en"] * 10)
    assert noun_languages(window) == {"de"}
    assert noun_languages(window_of(["he met Olaf Berg of Lund"])) == set()


def test_a_beginning_a_headline_and_the_outlet_itself_make_no_name():
    window = window_of(
        [
            "Officials spoke in Lund. Officials left. (Meridian) They saw the Meridian staff.",
            "Nobody spoke in Lund.",
        ],
        sources=["Meridian Wire", "Daily"],
        titles=["Big Fire Destroys Old Mill", "Fire at the mill"],
    )
    assert spelled(window) == {"Lund"}


def test_a_word_that_is_mostly_written_small_is_no_name():
    texts = ["we saw the Council", "we saw a council", "we saw the council of Lund"]
    assert spelled(window_of(texts)) == {"Lund"}


def test_nouns_of_such_a_language_are_names_only_where_others_name_them_or_in_pairs():
    german = "dort traf der Bürgermeister auf Olaf Berg vor dem Museum in Lund"
    window = window_of([german, "they met him in Lund"], ["de", "en"])
    assert spelled(window, nouns=frozenset({"de"})) == {"Olaf", "Berg", "Lund"}
    assert "Museum" in spelled(window)


@pytest.mark.parametrize(
    ("texts", "like", "expected"),
    [
        (["sie kam nach Turkije", "he left Turkey", "she left Turkey"], "A", "Turkey"),
        (["он был в Бахмуте", "она в Бахмуте", "he was in Bakhmut"], "Он", "Бахмуте"),
        (["он был в Бахмуте", "она в Бахмуте", "he was in Bakhmut"], "He", "Bakhmut"),
        (["they saw IZMIR", "they saw IZMIR", "they saw Izmir"], "A", "Izmir"),
        (["it met NATO", "he met NATO"], "A", "NATO"),
        (["he met Anna Lind", "so Anna Lind said", "and Lind left"], "A", "Anna Lind"),
        (["he met Anna Lind", "and Lind left", "but Lind stayed"], "A", "Lind"),
        (["he read Lind's book", "he met Lind"], "A", "Lind"),
    ],
)
def test_a_name_is_written_once_and_as_most_do(texts, like, expected):
    found = max(names_of(window_of(texts)), key=lambda name: len(name.rows))
    assert written(found, like) == expected
    assert len(found.rows) == len(texts) or expected == "Anna Lind"


def test_names_that_only_begin_alike_are_two():
    texts = ["he met Martin in Marseille", "she met Karla in Karlsruhe"]
    assert len(names_of(window_of(texts))) == 4


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(5)))
def test_the_names_do_not_depend_on_the_order_of_the_articles(order):
    texts = [
        "he met Anna Lind in Turkije",
        "he met Anna Lind in Turkey",
        "so said Lind of Turkish Airlines",
        "они были в Бахмуте",
        "they were in Bakhmut",
    ]
    window = window_of(texts)

    def seen(names):
        return [(written(name, "A"), name.spellings) for name in names]

    straight, shuffled = names_of(window), names_of(window.take(np.array(order)))
    assert seen(straight) == seen(shuffled)
    assert Counter(len(name.rows) for name in straight) == Counter(
        len(name.rows) for name in shuffled
    )
