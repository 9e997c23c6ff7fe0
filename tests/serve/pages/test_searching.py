"""Which parts of a text say why it was found."""

import pytest

from engine.serve.pages.searching import marked


def bold(text, *terms):
    return [piece for piece, mark in marked(text, terms) if mark]


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Turkey shaken, TURKEY mourns", "Turkey", ["Turkey", "TURKEY"]),
        ("в Турции и Турция", "Турци", ["Турции", "Турция"]),
        ("土耳其西部发生地震", "土耳其", ["土耳其"]),
        ("the outlet and the cutlet", "let", []),
        ("magnitude 5,9 and 15.9 and 5.95", "5.9", ["5,9"]),
        ("a (b) c", "(b)", ["(b)"]),
    ],
)
def test_terms_are_marked_where_they_begin_a_word(text, term, found):
    assert bold(text, term) == found


def test_the_pieces_are_the_text():
    text = "Gold stolen: museum of gold"
    assert "".join(piece for piece, _ in marked(text, ("gold",))) == text
    assert marked(text, ()) == ((text, False),)


def test_the_longer_of_two_terms_is_marked_whole():
    assert bold("New York City", "New", "New York") == ["New York"]
