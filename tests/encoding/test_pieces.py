"""Pieces of the built-in model's vocabulary, against the library that they stand in for."""

from importlib import resources

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.encoding.e5 import pieces as module
from engine.encoding.e5.pieces import Pieces
from engine.encoding.static.tokens import open_tokenizer


@pytest.fixture(scope="module")
def split(weights):
    return Pieces(weights)


@pytest.fixture(scope="module")
def tokenizer(weights):
    return open_tokenizer(weights)


@settings(deadline=None, max_examples=500)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
    | st.text("ab ▁<s>unk/é漢字कि😀\U0010ffff\n", max_size=40)
)
@example("")
@example(" ")
@example("query: ")
@example("▁▁a  b ▁")
@example("</s> <unk><mask>")
def test_pieces_are_those_of_the_library(split, tokenizer, text):
    assert split(text) == tokenizer.encode(text).ids


def test_pieces_of_sentences_are_those_of_the_library(split, tokenizer):
    file = resources.files("engine.encoding") / "reference" / "sentences.jsonl"
    text = file.read_text(encoding="utf-8")  # 43 languages
    for line in text.splitlines():
        assert split(line) == tokenizer.encode(line).ids


def test_no_more_words_are_remembered_than_are_worth_it(weights, monkeypatch):
    monkeypatch.setattr(module, "_MOST_WORDS", 3)
    split = Pieces(weights)
    assert split("one two three") == split("one two three")
    assert list(split._words) == ["▁one", "▁two", "▁three"]
    assert split("four " + "seven" * 10) == Pieces(weights)("four " + "seven" * 10)
    assert list(split._words) == ["▁four"]  # the other is too long to come again
