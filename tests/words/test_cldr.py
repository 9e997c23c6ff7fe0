from importlib.resources import files

import babel
import pytest

from engine.words.cldr import calendar_words, locales, places, without_calendar


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "March May Tuesday Sept"),
        ("nl", "maart dinsdag mrt"),
        ("de", "März Jänner Dienstag"),
        ("ru", "март марта вторник"),
        ("ar", "مارس آذار الثلاثاء"),
        ("zh", "星期二 周二 三月"),
        ("ko", "화요일"),
        ("hi", "मार्च मंगलवार"),
        ("el", "Μάρτιος Μαρτίου Τρίτη"),
    ],
)
def test_months_and_days_are_known_in_their_language(language, words):
    assert set(words.split()) <= calendar_words(language)


TABLE = files("engine.words").joinpath("calendar.tsv").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(
    TABLE[0] != f"# Babel {babel.__version__}", reason="the table is of another version of Babel"
)
@pytest.mark.parametrize("language", ["en", "nl", "de", "ru", "ar", "zh", "he", "vi"])
def test_the_table_holds_what_cldr_does(language):
    names = {
        name.rstrip(".")
        for locale in locales(language)
        for widths in (*locale.months.values(), *locale.days.values())
        for width in ("wide", "abbreviated")
        for name in widths[width].values()
    }
    assert calendar_words(language) == {name for name in names if len(name.split()) == 1}


def test_words_are_months_only_in_their_language_and_with_its_capitals():
    assert without_calendar(["Mars", "mars", "Mart", "Oslo"], "fr") == {"Mars", "Mart", "Oslo"}
    assert without_calendar(["Mars", "Mart'ta", "Oslo"], "tr") == {"Mars", "Oslo"}
    assert without_calendar(["Jan", "jan", "May"], "nl") == {"Jan", "May"}


@pytest.mark.parametrize("language", ["und", "xx", ""])
def test_a_language_that_is_not_known_has_neither(language):
    assert calendar_words(language) == frozenset()
    assert places(language) == {}


def test_a_place_has_one_code_in_every_language():
    names = [
        ("en", "mexico"),
        ("zh", "墨西哥"),
        ("ar", "المكسيك"),
        ("ru", "мексика"),
        ("el", "μεξικό"),
    ]
    assert {places(language)[name] for language, name in names} == {"MX"}
    assert places("en")["tokyo"] == places("ja")["東京"] == "Asia/Tokyo"
    assert "world" not in places("en")
