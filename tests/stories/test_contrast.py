"""What is counted of a story at once is what plain counting gives."""

from collections import Counter
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.bags import Bags
from engine.stories.background import Background
from engine.stories.contrast import Contrast
from engine.stories.counting import LEAST_LIFT, Counted

WORDS = ("mill", "fire", "harbour", "strike", "والمدينة", "المدينة", "서울에서", "пожар")

articles = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=4),
        st.sampled_from(["en", "de", "ar"]),
        st.sampled_from(["", "Post", "Wire", "Blatt"]),
    ),
    min_size=2,
    max_size=40,
)


def contrasts_of(found, stories):
    texts, languages, sources = zip(*found, strict=True)
    read = Bags.of_words([" ".join(text) for text in texts])
    counted = Counted(Background(read, languages), languages, sources, read, stories)
    return [Contrast(counted, place) for place in range(len(stories))]


def contrast_of(found, n_rows):
    (contrast,) = contrasts_of(found, [Rows(np.arange(n_rows))])
    return contrast


def counted(found, n_rows, terms, n_inside):
    """Return the weight of `terms` as the definition says, word by word."""
    own, others = found[:n_rows], found[n_rows:]
    total = 0.0
    for term in terms:
        overall = sum(term in text for text, *_ in others) / max(1, len(others))
        for language, n_own in Counter(language for _, language, _ in own).items():
            same = [text for text, spoken, _ in others if spoken == language]
            total += n_own * (sum(term in text for text in same) + overall) / (len(same) + 1)
    n_voices = len(voices_of(found, n_rows, None))
    lift = (n_inside + 0.5) / (n_voices * min(1.0, total / n_rows) + 0.5)
    return n_inside / n_voices * log(lift), lift


def voices_of(found, n_rows, term):
    """Return the voices that have `term`, or all of them for None."""
    own = [
        (text, source or f"article {row}") for row, (text, _, source) in enumerate(found[:n_rows])
    ]
    if len({voice for _, voice in own}) == 1:
        own = [(text, f"article {row}") for row, (text, _) in enumerate(own)]
    return {voice for text, voice in own if term is None or term in text}


@given(articles, st.data())
def test_what_a_word_weighs_is_what_counting_word_by_word_gives(found, data):
    n_rows = data.draw(st.integers(1, len(found)))
    terms = data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True))
    n_inside = data.draw(st.integers(1, n_rows))
    weight, lift = counted(found, n_rows, terms, n_inside)
    if abs(lift - LEAST_LIFT) > 1e-9:
        assert contrast_of(found, n_rows).weight(terms, n_inside) == pytest.approx(
            weight if lift > LEAST_LIFT else 0.0
        )


@given(articles, st.data())
def test_all_words_at_once_weigh_what_each_does_alone(found, data):
    n_rows = data.draw(st.integers(1, len(found)))
    also = data.draw(st.sets(st.sampled_from(WORDS)))
    contrast = contrast_of(found, n_rows)
    expected = {}
    for word in WORDS:
        n_voices = len(voices_of(found, n_rows, word))
        weight = contrast.weight([word], max(2, n_voices))
        if weight > 0 and (n_voices > 1 or (n_voices and word in {*also, *WORDS[4:7]})):
            expected[word] = n_voices, weight
    assert contrast.weights(contrast.joined(also)) == expected


@given(articles, st.data())
def test_voices_and_languages_are_those_of_the_articles_that_have_a_word(found, data):
    n_rows = data.draw(st.integers(1, len(found)))
    contrast = contrast_of(found, n_rows)
    for word in WORDS:
        own = found[:n_rows]
        assert contrast.n_voices([word]) == len(voices_of(found, n_rows, word))
        assert contrast.languages_of(word) == sorted(
            {lang for text, lang, _ in own if word in text}
        )
    both = voices_of(found, n_rows, "mill") | voices_of(found, n_rows, "fire")
    assert contrast.n_voices(["mill", "fire"]) == len(both)


@given(articles, st.data())
def test_stories_counted_at_once_are_as_each_is_alone(found, data):
    order = data.draw(st.permutations(range(len(found))))
    ends = sorted(data.draw(st.sets(st.integers(1, len(found)), min_size=1)))
    stories = [Rows(np.array(order[a:b])) for a, b in pairwise([0, *ends])]
    for rows, contrast in zip(stories, contrasts_of(found, stories), strict=True):
        (alone,) = contrasts_of(found, [rows])
        joined = alone.joined(WORDS[:1])
        assert sorted(contrast.joined(WORDS[:1])) == sorted(joined)
        assert contrast.weights(joined) == alone.weights(joined)
        for word in WORDS:
            assert contrast.languages_of(word) == alone.languages_of(word)
            assert contrast.n_voices([word]) == alone.n_voices([word])
            assert contrast.weight([word], 2) == alone.weight([word], 2)
        assert alike(contrast.voices.values()) == alike(alone.voices.values())


def alike(values):
    return [[one == other for other in values] for one in values]
