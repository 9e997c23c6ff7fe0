"""Words that are found by arithmetic are those that patterns find."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.scanning import (
    FEWEST_BITS,
    Scan,
    Spans,
    between,
    characters,
    cut,
    equals,
    from_first,
    runs,
)

LETTERS = "abÉß1_'-. :\n的か१๒๑ิ"
TEXTS = st.lists(st.text(LETTERS) | st.text(), max_size=5)


def found(scan: Scan, spans: Spans, n_texts: int) -> list[list[str]]:
    cells: list[list[str]] = [[] for _ in range(n_texts)]
    for row, string in zip(scan.rows(spans.begins).tolist(), scan.strings(spans), strict=True):
        cells[row].append(string)
    return cells


@pytest.mark.parametrize("pattern", [r"[^\W\d_]", r"\d", r"[\w’'-]", "[的か]"])
def test_characters_are_those_of_the_pattern(pattern):
    flags = characters(pattern, 21)
    assert (characters(pattern, FEWEST_BITS) == flags[: 1 << FEWEST_BITS]).all()
    compiled = re.compile(pattern)
    for code in [*range(0x3000), 0x7684, 0xD800, 0x1F600, 0x10FFFF]:
        assert flags[code] == bool(compiled.fullmatch(chr(code)))


@given(TEXTS)
def test_patterns_asked_together_are_as_asked_alone(texts):
    scan, patterns = Scan(texts), (r"\p{Lu}", r"\d", "[.' ]")
    for pattern, flags in zip(patterns, scan.of_each(*patterns), strict=True):
        assert np.array_equal(flags, scan.of(pattern))


@given(TEXTS)
def test_runs_from_a_letter_are_words(texts):
    scan = Scan(texts)
    spans = from_first(runs(scan.of(r"[\w’'-]")), scan.of(r"[^\W\d_]"))
    assert found(scan, spans, len(texts)) == [
        re.findall(r"[^\W\d_][\w’'-]*", text) for text in texts
    ]


@given(TEXTS)
def test_digits_with_points_between_are_numbers(texts):
    scan = Scan(texts)
    digits = scan.of(r"\d")
    spans = runs(digits | between(scan.of("[.,:]"), digits, digits))
    assert found(scan, spans, len(texts)) == [
        re.findall(r"\d+(?:[.,:]\d+)*", text) for text in texts
    ]


@given(TEXTS)
def test_equal_strings_have_one_number(texts):
    scan = Scan(texts)
    spans = runs(scan.of(r"\w"))
    strings, hashes, numbers = scan.numbered(spans)
    words = scan.strings(strings)
    assert [words[number] for number in numbers.tolist()] == scan.strings(spans)
    assert len(set(words)) == len(words)
    assert np.array_equal(hashes, scan.hashes(strings))
    assert (hashes[1:] > hashes[:-1]).all()


@given(st.lists(st.integers(0, 3) | st.integers(0, 2**64 - 1), max_size=50))
def test_equal_numbers_have_one_place(numbers):
    hashes = np.array(numbers, np.uint64)
    places = equals(hashes)
    assert np.array_equal(hashes[places], hashes)
    assert len(set(places.tolist())) == len(set(numbers))


@given(TEXTS)
def test_what_stands_in_spans_is_put_in_lines(texts):
    scan = Scan(texts)
    spans = runs(scan.of(r"\w"))
    lines = "\n".join(scan.strings(spans)).encode("utf-8", "surrogatepass")
    assert scan.lines(spans).tobytes() == lines


@given(TEXTS)
def test_characters_at_places_are_those_of_the_pattern(texts):
    scan = Scan(texts)
    places = np.arange(len(scan.text))[::-2]
    assert np.array_equal(scan.at(places, r"\w"), scan.of(r"\w")[places])


@given(TEXTS, TEXTS)
def test_a_hash_depends_on_the_string_alone(before, texts):
    spans = [runs(Scan(some).of(r"\w")) for some in (texts, before + texts)]
    hashes = [Scan(texts).hashes(spans[0]), Scan(before + texts).hashes(spans[1])]
    assert np.array_equal(hashes[0], hashes[1][len(hashes[1]) - len(hashes[0]) :])


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.sets(st.integers(0, 19)))
def test_spans_are_cut_at_borders_inside_them(inside, borders):
    places = np.array(sorted(border for border in borders if border < len(inside)), np.int64)
    spans = cut(runs(np.array(inside)), places)
    for begin, end in zip(spans.begins.tolist(), spans.ends.tolist(), strict=True):
        assert all(inside[begin:end])
        assert not {*range(begin + 1, end)} & borders
    assert (spans.ends - spans.begins).sum() == sum(inside)


def test_what_is_in_spans_is_told():
    scan = Scan(["ab c", "d"])
    assert scan.inside(runs(scan.of("[a-z]"))).tolist() == [1, 1, 0, 1, 0, 1, 0]
