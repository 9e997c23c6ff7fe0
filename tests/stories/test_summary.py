"""The sentences of a summary stand for the headlines, voice by voice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.stories.summary import choose_sentences


def rows(*angles):
    """Return unit rows in the plane, at angles in degrees."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_what_most_voices_say_comes_first_and_is_not_said_twice():
    found = choose_sentences(rows(0, 5, 80), rows(0, 3, 6, 85), ["a", "b", "c", "d"], 2)
    assert found.tolist() == [1, 2]


def test_a_voice_that_says_much_counts_once():
    headlines = rows(0, 0, 0, 0, 80, 84)
    voices = ["loud"] * 4 + ["a", "b"]
    assert choose_sentences(rows(0, 82), headlines, voices, 1).tolist() == [1]


def test_no_more_is_chosen_than_there_is_to_say():
    assert choose_sentences(rows(0, 0), rows(0), ["a"], 3).tolist() == [0]
    assert choose_sentences(rows(), rows(0), ["a"], 3).tolist() == []


@given(st.lists(st.floats(0, 90), max_size=6), st.lists(st.floats(0, 90), min_size=1, max_size=6))
def test_each_is_chosen_once(sentences, headlines):
    found = choose_sentences(
        rows(*sentences), rows(*headlines), [str(n) for n in range(len(headlines))], 4
    ).tolist()
    assert len(found) == len(set(found)) <= min(4, len(sentences))
