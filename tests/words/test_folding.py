"""Spellings that are taken for equal."""

from hypothesis import given
from hypothesis import strategies as st

from engine.words.folding import evened

ASCII = st.text(st.characters(max_codepoint=127)) | st.text(" \t\n\x1fAb")


@given(ASCII | st.text(" \u00a0\u3000\nAbßИ") | st.text())
def test_words_are_put_together_with_one_space(text):
    assert evened(text) == " ".join(text.casefold().split())
