"""Names and numbers that articles share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.same_event.bags import ROWS_AT_ONCE
from engine.same_event.window import Window
from engine.same_event.window_terms import RARE_ARTICLES, WindowTerms

TEXTS = (
    "A bridge near Halmstad fell. Police say Karin Lind saw it at 17.40 with 23 others.",
    "Мост рухнул возле Хальмстада. Очевидец Карин Линд насчитала 23 человека.",
    "The council of Halmstad met. Members say nothing about 41 bridges.",
    "哈尔姆斯塔德附近的桥梁倒塌。",
)


def window_of(texts, titles=None, language="und"):
    n_articles = len(texts)
    return Window(
        titles=titles or [""] * n_articles,
        bodies=texts,
        languages=[language] * n_articles,
        sources=[""] * n_articles,
        published=np.full(n_articles, np.nan),
        vectors=np.eye(n_articles, 4, dtype=np.float32),
    )


def test_names_and_numbers_are_shared_across_scripts_and_cases():
    terms = WindowTerms.of(window_of(TEXTS))
    same, place, script = terms.compare(np.array([[0, 1], [0, 2], [0, 3]]))[0]
    assert same > 0.5 > place
    assert np.isnan(script)


def test_words_that_only_begin_a_sentence_or_a_headline_are_no_names():
    texts = [
        "The mayor said it. The members of the council agreed, members said, of the day.",
        "Many agreed. And the council agreed. The town said Members Of The Council Agreed.",
    ]
    assert np.isnan(WindowTerms.of(window_of(texts)).compare(np.array([[0, 1]]))[0])[0]


def test_months_and_weekdays_are_no_names():
    texts = ["It fell on a Tuesday in March", "All left on a Tuesday of March"]
    pair = np.array([[0, 1]])
    assert np.isnan(WindowTerms.of(window_of(texts, language="en")).compare(pair)[0])[0]
    assert WindowTerms.of(window_of(texts, language="nl")).compare(pair)[0] == pytest.approx(1)


def test_a_rare_name_counts_for_more_than_a_common_one():
    texts = [f"In Halmstad the man {name} fell." for name in ("Aro", "Bex", "Cid", "Dov", "Aro")]
    rare, common = WindowTerms.of(window_of(texts)).compare(np.array([[0, 4], [0, 1]]))[0]
    assert rare == pytest.approx(1)
    assert common < 0.35


def test_conflicts_count_what_the_shorter_list_lacks():
    terms = WindowTerms.of(window_of(["3 and 7", "3, 9 and 12", "only 4", "none"]))
    conflicts = terms.compare(np.array([[0, 1], [0, 2], [1, 2], [0, 3]]))[1]
    assert conflicts[:3].tolist() == [0.5, 1, 1]
    assert np.isnan(conflicts[3])


def test_two_rare_names_make_a_pair_and_common_ones_do_not():
    plain = [f"In Halmstad the council of Lund met, {n} of them." for n in range(RARE_ARTICLES + 1)]
    texts = ["He saw Karin Lind there.", "There Karin Lind was.", "Only Karin came.", *plain]
    assert WindowTerms.of(window_of(texts)).rare_pairs().tolist() == [[0, 1]]


WORDS = st.lists(st.sampled_from(["Oslo", "Lund", "the", "fell", "12", "in", "Kyiv"]), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=8), st.randoms())
def test_overlaps_agree_with_a_naive_count_in_any_order(found, randoms):
    texts = ["it " + " ".join(words) for words in found]
    terms = [
        {w[:6].lower() for w in words if w[0].isupper() or (len(w) == 2 and w != "in")}
        for words in found
    ]
    counts = {term: sum(term in each for each in terms) for each in terms for term in each}
    weight = {term: np.log1p(len(texts) / n) ** 2 for term, n in counts.items()}

    def overlap(one, other):
        mine, theirs, shared = (
            sum(weight[w] for w in words) for words in (one, other, one & other)
        )
        return shared / min(mine, theirs) if min(mine, theirs) else np.nan

    order = list(range(len(texts)))
    randoms.shuffle(order)
    shuffled = WindowTerms.of(window_of([texts[row] for row in order]))
    pairs = np.array([[i, j] for i in range(len(texts)) for j in range(i)])
    expected = [overlap(terms[i], terms[j]) for i, j in pairs.tolist()]
    place = np.argsort(order)
    measured = WindowTerms.of(window_of(texts)).compare(pairs)[0]
    assert measured == pytest.approx(expected, nan_ok=True)
    assert np.array_equal(measured, shuffled.compare(place[pairs])[0], equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["7", "12", "1,000", "Lund", "so"])), min_size=2))
def test_numbers_of_one_character_conflict_and_are_no_terms(found):
    window = window_of(["so " + " ".join(words) for words in found])
    pairs = np.array([[i, j] for i in range(len(found)) for j in range(i)])
    overlaps, conflicts = WindowTerms.of(window).compare(pairs)
    numbers = [{word for word in words if word[0].isdigit()} for words in found]
    others = [{word for word in words if word not in {"7", "so"}} for words in found]
    for place, (one, other) in enumerate(pairs.tolist()):
        smaller = min(len(numbers[one]), len(numbers[other]))
        expected = 1 - len(numbers[one] & numbers[other]) / smaller if smaller else np.nan
        np.testing.assert_equal(conflicts[place], expected)
        assert np.isnan(overlaps[place]) == (not others[one] or not others[other])


def test_terms_are_those_of_each_article_however_many_blocks_there_are():
    n_articles = ROWS_AT_ONCE + 3
    texts = [f"it saw {row % 7 + 20} of Lund and {1000 + row}" for row in range(n_articles)]
    texts[-1] = texts[0]
    pairs = np.array([[0, 7], [0, 8], [0, n_articles - 1], [ROWS_AT_ONCE - 1, ROWS_AT_ONCE]])
    overlaps, conflicts = WindowTerms.of(window_of(texts)).compare(pairs)
    assert conflicts.tolist() == [0.5, 1, 0, 1]
    assert overlaps[2] == 1 > overlaps[0] > max(overlaps[1], overlaps[3])
    assert min(overlaps[1], overlaps[3]) > 0
    turned = WindowTerms.of(window_of(texts[::-1])).compare(n_articles - 1 - pairs)
    assert np.array_equal(turned, [overlaps, conflicts])
