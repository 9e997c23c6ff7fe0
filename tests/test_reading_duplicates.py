"""Near-duplicates are grouped, against a naive comparison of all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.reading.duplicates import near_duplicates

pytest.importorskip("datasketch")

WORDS = ("bridge", "river", "town", "council", "ferry", "repair", "driver", "school", "market")


def story(seed, n_words=120):
    picks = np.random.default_rng(seed).integers(0, len(WORDS), n_words)
    return " ".join(f"{WORDS[pick]}{number % 7}" for number, pick in enumerate(picks))


def test_copies_and_edited_copies_are_grouped_and_others_are_not():
    wire = story(1)
    texts = [
        wire,
        story(2),
        wire.upper() + "!",
        wire + " One more line by the outlet.",
        story(3),
        wire,
    ]
    assert near_duplicates(texts).tolist() == [0, 1, 0, 0, 4, 0]


def test_chinese_has_no_spaces_and_is_compared_by_characters():
    text = "跨河大桥将从周一起关闭维修，市议会说司机必须乘坐渡轮至少一个月。"
    other = "学校周一重新开放，家长和孩子们都很高兴，市长也来参加了仪式。"
    assert near_duplicates([text, other, text + "（完）"]).tolist() == [0, 1, 0]


def test_texts_without_words_are_one_group_only_with_themselves():
    assert near_duplicates(["", "...", "a"]).tolist() == [0, 0, 2]
    assert near_duplicates([]).tolist() == []


@pytest.mark.parametrize("threshold", [0, -1, 1.1])
def test_a_threshold_outside_its_range(threshold):
    with pytest.raises(InputError, match="expected more than 0"):
        near_duplicates(["a"], threshold=threshold)


def jaccard(one, other):
    def shingles(text):
        words = text.casefold().split()
        return {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))}

    return len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=8))
def test_no_pair_below_the_threshold_is_joined_and_near_copies_are_found(edits):
    texts = [story(seed) + " extra word" * n_added for seed, n_added in edits]
    labels = near_duplicates(texts, threshold=0.7)
    for row, text in enumerate(texts):
        assert labels[row] <= row
        earlier = [jaccard(text, texts[other]) for other in range(row)]
        if labels[row] == row:
            assert all(share < 0.95 for share in earlier)
        else:
            assert max(earlier) >= 0.7
