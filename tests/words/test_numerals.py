"""Numbers are read in digits and words, whatever the language separates them by."""

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st
from icu4py.messageformat import MessageFormat

from engine.words.numerals import numerals

LANGUAGES = ["en", "nl", "de", "fr", "es", "it", "pt", "ru", "uk", "ar", "zh", "tr", "pl", "sv"]


def values(text, language="en"):
    return [one.value for one in numerals(text, language)]


@given(st.integers(2, 9_999_999), st.sampled_from(LANGUAGES))
def test_what_a_language_formats_is_read_again(number, language):
    if number < 10_000 and 1900 <= number < 2100:
        return  # a year
    assert values(f"({format_decimal(number, locale=language)})", language) == [number]


@given(
    st.integers(2, 99), st.sampled_from([code for code in LANGUAGES if code not in {"ar", "zh"}])
)
def test_what_a_language_spells_out_is_read_again(number, language):
    spelt = MessageFormat("{n, spellout}", language).format({"n": number})
    # Where a word may be broken is written by nobody.
    assert values(spelt.replace("\xad", "") + ".", language) == [number]


@given(st.decimals(0, 99, places=1))
def test_decimals_are_read_with_their_rounding(number):
    (found,) = numerals(f"a {number} quake", "en")
    assert (found.value, found.step) == (float(number), 0.1)


@pytest.mark.parametrize(
    ("text", "language", "value", "step"),
    [
        ("197 people", "en", 197, 1),
        ("200 people", "en", 200, 10),
        ("20 people", "en", 20, 1),
        ("1.5 million people", "en", 1_500_000, 100_000),
        ("3 miljoen mensen", "nl", 3_000_000, 1_000_000),
        ("1.200 gewonden", "nl", 1200, 100),
        ("1 200 blessés", "fr", 1200, 100),
        ("двое погибших", "ru", 2, 1),
        ("٩ أشخاص", "ar", 9, 1),
        ("3.5万 人", "zh", 35_000, 1000),
        ("vingt et un morts", "fr", 21, 1),
    ],
)
def test_a_number_and_to_what_it_is_rounded(text, language, value, step):
    (found,) = numerals(text, language)
    assert (found.value, found.step) == (value, step)
    assert text.startswith(text[found.start : found.end])


@pytest.mark.parametrize(
    "text",
    ["in 2010", "on May 5", "5 May", "at 10:30", "5-7 people", "the 3rd time", "1.234.56 of them"],
)
def test_years_days_times_ranges_and_what_is_unclear_are_no_numbers(text):
    assert values(text) == []


def test_a_language_that_is_not_known_is_read_in_digits():
    assert values("9 ihmistä", "fi") == [9]
