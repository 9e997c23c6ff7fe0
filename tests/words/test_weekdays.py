"""Days of the week that a text names."""

import pytest

from engine.words.weekdays import weekdays


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "Monday: the Sun wrote on Wednesday", {0: "Monday", 2: "Wednesday"}),
        ("en", "monday, Mondays and WEDNESDAY", {}),
        ("nl", "Maandag en dinsdag, niet maandagnacht", {0: "Maandag", 1: "dinsdag"}),
        ("pt", "na segunda-feira", {0: "segunda-feira"}),
        ("tr", "Pazartesi'den Cumartesi'ye", {0: "Pazartesi", 5: "Cumartesi"}),
        ("fi", "maanantaina", {0: "maanantaina"}),
        ("zh", "他们星期一抵达", {0: "星期一"}),
        ("ja", "今週の月曜日に", {0: "月曜日"}),
        ("id", "seminggu lagi, satu minggu", {}),
    ],
)
def test_whole_names_are_found_with_the_capitals_of_their_language(language, text, days):
    assert weekdays(text, language) == days


@pytest.mark.parametrize("language", ["und", "xx", ""])
def test_nothing_is_found_in_a_language_that_is_not_known(language):
    assert weekdays("Monday", language) == {}


def test_a_day_is_told_as_it_is_first_written():
    assert weekdays("Lundi ou lundi", "fr") == {0: "Lundi"}
