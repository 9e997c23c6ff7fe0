"""A headline says what happened, not when the page was changed."""

import pytest

from engine.words.headlines import HEADLINE_CHARACTERS, headline

BODY = "The ferry to Ostmark ran aground on Sunday night. Nobody was hurt.\nDivers came."
FIRST = "The ferry to Ostmark ran aground on Sunday night."


@pytest.mark.parametrize(
    ("stamp", "language"),
    [
        ("3 August 2014 Last updated at 09: 15 GMT", "en"),
        ("Published: Sunday, August 3rd, 2014, 9:15 p.m. EDT", "en"),
        ("2014-08-03T09:15:00Z", "en"),
        ("Laatst bijgewerkt: 3 augustus 2014 om 09.15 uur", "nl"),
        ("Stand: 03.08.2014 09:15 Uhr", "de"),
        ("Mis à jour le 3 août 2014 à 09h15", "fr"),
        ("Обновлено 3 августа 2014 в 09:15", "ru"),
        ("3 August 2014", "nl"),
    ],
)
def test_a_date_is_no_headline(stamp, language):
    assert headline(stamp, BODY, language) == FIRST
    assert headline(stamp, f"{stamp} {BODY}", language) == FIRST
    assert headline("", f"{stamp}\n{BODY}", language) == FIRST
    assert headline(stamp, "", language) == stamp


@pytest.mark.parametrize(
    "title",
    ["3 August 2014: the ferry runs aground", "Ferry 2014", "Posted to the harbour", "Sunday"],
)
def test_what_says_more_than_a_date_stays(title):
    assert headline(title, BODY, "en") == title


def test_an_untitled_text_is_called_by_its_first_sentence_or_its_first_words():
    assert headline("", BODY, "en") == FIRST
    assert headline("", "Dr. Elm reopened the bridge. It rained.", "en") == (
        "Dr. Elm reopened the bridge."
    )
    long = headline("", "ferry " * 100, "en")
    assert len(long) <= HEADLINE_CHARACTERS
    assert long.endswith("ferry")
    assert headline("", "字" * 500, "zh") == "字" * HEADLINE_CHARACTERS
