import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine.words.segmenting import spaced
from engine.words.terms import counted, numbers, plain, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor of 's-Hertogenbosch left", ["the", "mayor", "s-hertogenbosch", "left"]),
        ("威尔士国民议会的议员担心火山", ["威尔士", "国民议会", "议员", "担心", "火山"]),
        ("東京でマチルダ号が火山の島に着いた", ["東京", "マチルダ", "火山"]),
        ("서울 미국 대통령", ["서울", "미국", "대통령"]),
        ("ตำรวจเชียงใหม่", ["ตำรวจ", "เชียงใหม่"]),
        ("A well-known report by 王毅 of AFP", ["well-known", "report", "王毅", "afp"]),
        ("قالت الحكومة", ["قالت", "الحكومة"]),
    ],
)
def test_words_are_those_of_the_language(text, expected):
    assert words(text) == expected


def test_what_japanese_writes_for_grammar_is_no_word():
    assert words("船が沈んでしまったということです") == []


def test_text_that_has_spaces_is_not_touched():
    text = "Ένα  πλοίο, «Нева» e o navio número 7"
    assert spaced(text) is text


def test_every_character_of_scripts_without_spaces_is_asked_for():
    scripts = "Han|Hiragana|Katakana|Thai|Lao|Khmer|Myanmar"
    unspaced = regex.compile("|".join(rf"\p{{{script}}}" for script in scripts.split("|")))
    signs = unspaced.findall("".join(map(chr, range(0x110000))))
    assert [sign for sign in signs if not spaced(sign).startswith(" ")] == []


@given(st.text("火山东京のがカタ ー12, aé한국ไทย.", max_size=40))
def test_spaces_are_all_that_is_added(text):
    assert spaced(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Magnitude 6.1 quake hurts 1,200 people", {"magnitude": {"6.1"}, "quake": {"6.1"},
            "hurts": {"1200"}, "people": {"1200"}}),
        ("A 12-year-old in 2014. Police said", {"year-old": {"12"}}),
        ("3 dead, then 7 dead", {"dead": {"3", "7"}, "then": {"7"}}),
        ("no number", {}),
    ],
)  # fmt: skip
def test_numbers_are_told_by_the_words_beside_them(text, found):
    assert counted(text) == found


@given(st.text("012.,: -٣７x", max_size=30))
def test_numbers_are_all_that_is_written_in_digits(text):
    assert numbers(text) == list(map(plain, re.findall(r"\d+(?:[.,:]\d+)*", text)))
