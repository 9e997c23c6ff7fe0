"""Words of many articles, kept as numbers."""

from itertools import chain, compress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.bags import ROWS_AT_ONCE, Bags, Gathered, Packed
from engine.words.scanning import Scan, runs
from engine.words.terms import words
from tests.same_event.cases import bags_of

TEXTS = (
    "Karin Lind met the council of Halmstad; it's Lind's bridge.",
    "東京で大きな地震があった。Officials in 東京 said so.",
    "สวัสดีชาวโลก and O'Neill-Smith’s",
    "",
)


PARTED = ("bridge", "Bridge", "東京", "a'b", "\U0001f600", "\ud800", "x" * 300)


@given(st.lists(st.sampled_from(TEXTS) | st.text("aésS'’- \u0301東かA", max_size=20), max_size=6))
def test_words_are_those_of_each_text(texts):
    assert bags_of(Bags.of_words(texts))[: len(texts)] == [set(words(text)) for text in texts]


@pytest.mark.parametrize("wanted", [(), ("halmstad",), ("halmstad", "bridge", "met")])
def test_some_words_of_bags(wanted):
    bags = Bags.of_words(TEXTS)
    among = bags.among(np.array([word in wanted for word in bags.words], np.bool_))
    assert bags_of(among) == [found & set(wanted) for found in bags_of(bags)]
    n_articles = dict(zip(bags.words, among.n_articles().tolist(), strict=True))
    assert sum(n_articles.values()) == len(among.columns)


def test_parts_are_bags_of_the_same_words():
    gathered = Gathered(1)
    for some in (TEXTS[:2], TEXTS[2:], TEXTS[:1]):
        gathered.join([Bags.of_words(some)])
    [bags] = gathered.bags()
    assert bags_of(bags) == bags_of(Bags.of_words([*TEXTS, TEXTS[0]]))
    assert len(set(bags.words)) == len(bags.words)


@given(
    st.lists(st.lists(st.sampled_from(PARTED) | st.text("ab", min_size=1), max_size=4), min_size=1)
)
def test_words_of_parts_are_numbered_as_they_first_come(parts):
    gathered = Gathered(1, at_once=2)
    for part in parts:
        gathered.join([Bags.told(Packed.of([*part, "unused"]), np.arange(len(part)), 1)])
    [bags] = gathered.bags()
    assert bags.words == list(dict.fromkeys(chain.from_iterable(parts)))
    assert bags_of(bags) == list(map(set, parts))


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1), max_size=6))
def test_words_are_packed_alike_wherever_they_stand(words):
    packed = Packed.of(words)
    assert list(packed) == words
    for word, number in zip(words, packed.hashes, strict=True):
        assert Packed.of([word]).hashes == [number]
    assert len(set(packed.hashes.tolist())) == len(set(words))


def test_many_rows_are_taken_in_their_order():
    bags = Bags.of_words(TEXTS)
    rows = Rows(np.arange(ROWS_AT_ONCE + 3)[::-1] % len(TEXTS))
    told = bags_of(bags)
    assert bags_of(bags.take(rows)) == [told[row] for row in rows.tolist()]


PACKED = st.lists(st.sampled_from(PARTED), max_size=4)


@given(st.lists(PACKED, min_size=1, max_size=4))
def test_words_of_several_lists_are_united_as_they_first_come(parts):
    words, places = Packed.united(list(map(Packed.of, parts)))
    assert list(words) == list(dict.fromkeys(chain.from_iterable(parts)))
    assert np.array_equal(words.hashes, Packed.of(list(words)).hashes)
    told = list(words)
    assert [[told[place] for place in some] for some in places] == parts


@given(PACKED, st.data())
def test_some_packed_words_are_as_if_packed_alone(words, data):
    kept = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    some = Packed.of(words).where(np.array(kept, np.bool_))
    alone = Packed.of(list(compress(words, kept)))
    assert np.array_equal(some.text, alone.text)
    assert np.array_equal(some.hashes, alone.hashes)


@given(st.lists(st.text("aé東 \ud800\0"), max_size=4))
def test_words_that_stand_in_texts_are_packed_as_strings_are(texts):
    scan = Scan(texts)
    spans = runs(scan.of(r"\w"))
    words, places = Packed.standing(scan, spans)
    told = list(words)
    assert [told[place] for place in places] == scan.strings(spans)
    alone = Packed.of(told)
    assert np.array_equal(words.text, alone.text)
    assert np.array_equal(words.hashes, alone.hashes)
