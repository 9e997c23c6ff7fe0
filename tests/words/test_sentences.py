"""Texts are cut into sentences, and not at abbreviations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.sentences import _ABBREVIATED, _is_abbreviated, sentences

CASES = [
    (
        "De brug van dhr. J. de Wit gaat open. Hij kostte 12.5 miljoen euro.",
        "nl",
        ["De brug van dhr. J. de Wit gaat open.", "Hij kostte 12.5 miljoen euro."],
    ),
    (
        "The bridge was opened by Mr. Lind of the U.S. Navy yesterday. It is long and blue.",
        "en",
        [
            "The bridge was opened by Mr. Lind of the U.S. Navy yesterday.",
            "It is long and blue.",
        ],
    ),
    (
        "المحافظ افتتح الجسر صباح اليوم. هل يبقى مفتوحا في الشتاء؟",
        "ar",
        ["المحافظ افتتح الجسر صباح اليوم.", "هل يبقى مفتوحا في الشتاء؟"],
    ),
    (
        "市长今天上午为横跨大河的新桥举行了通车典礼。大桥全长三公里，是全省最长的一座桥。",
        "zh",
        ["市长今天上午为横跨大河的新桥举行了通车典礼。", "大桥全长三公里，是全省最长的一座桥。"],
    ),
    (
        "A headline without an end\nThe bridge is open.",
        "en",
        ["A headline without an end", "The bridge is open."],
    ),
    ("", "en", []),
]


@pytest.mark.parametrize(("text", "language", "found"), CASES)
def test_a_text_is_cut_where_sentences_end(text, language, found):
    assert sentences(text, language) == found


@given(st.text(), st.sampled_from(["en", "zh", "und"]))
def test_nothing_is_lost(text, language):
    assert "".join("".join(sentences(text, language)).split()) == "".join(text.split())


@given(st.text("aB. (\t\u00a0\"'é1", max_size=14))
def test_an_abbreviation_is_told_by_the_last_word(text):
    assert _is_abbreviated(text.strip()) == (_ABBREVIATED.search(text.strip()) is not None)
