"""What a number counts is read from the words around it, or left alone."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine.claims import extracting
from engine.claims.extracting import claims_of
from engine.claims.quantities import Bound
from engine.claims.roles import Role, _table, wording
from engine.words.folding import folded


def found(text, language="en", year=None):
    return [
        (claim.role.value, claim.subject, str(claim.quantity))
        for claim in claims_of(text, language, year)
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Nine people were killed and 23 injured in the blast."),
        ("nl", "Bij de klap zijn negen mensen omgekomen en raakten 23 mensen gewond."),
        ("de", "Bei der Explosion wurden neun Menschen getötet und 23 verletzt."),
        ("fr", "L'explosion a fait neuf morts et 23 blessés dans la vieille ville."),
        ("es", "En la explosión nueve personas murieron y otras 23 resultaron heridas."),
        ("it", "Nell'esplosione nove persone sono morte e 23 sono rimaste ferite."),
        ("pt", "Na explosão nove pessoas morreram e 23 ficaram feridas."),
        ("ru", "В результате взрыва погибли девять человек, 23 получили ранения."),
        (
            "uk",
            "Унаслідок вибуху загинуло девʼять людей".replace("ʼ", "’") + ", ще 23 особи поранено.",
        ),
        ("ar", "مقتل 9 أشخاص وإصابة 23 آخرين في انفجار بالمدينة القديمة."),
        ("zh", "老城发生爆炸，造成9人死亡，23人受伤。"),
        ("tr", "Eski kentteki patlamada 9 kişi öldü, 23 kişi yaralandı."),
        ("pl", "W wybuchu zginęło dziewięć osób, a 23 osoby zostały ranne."),
        ("sv", "Vid explosionen dödades nio personer och 23 skadades i staden."),
    ],
)
def test_the_dead_and_the_injured_in_every_language(language, text):
    expected = [("dead", "", "9"), ("injured", "", "23")]
    if language == "sv":  # "dödades nio" puts the verb first, which the table does not have
        expected = expected[1:]
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The death toll in the northern valley rises to 85.", ("dead", "", "85")),
        ("At least nine people, including two children, were killed.", ("dead", "", "at least 9")),
        ("About 200 people are missing after the flood.", ("missing", "", "about 200")),
        ("Police arrested five men near the old harbour.", ("arrested", "men", "5")),
        ("A 6.3-magnitude earthquake shook the valley.", ("magnitude", "", "6.3")),
        ("It struck at a depth of 10 km under the valley.", ("depth", "", "10")),
        ("Ada M. Lind, 33, was taken to the hospital.", ("age", "ada lind", "33")),
        ("They found 33-year-old sailor Ada Lind on the quay.", ("age", "ada lind", "33")),
        ("A judge set her bail at $1.5 million on Monday.", ("bail", "", "1,500,000")),
        ("The owner was given a fine of €2,500 on Monday.", ("fine", "", "2,500")),
    ],
)
def test_a_claim_in_english(text, claim):
    assert claim in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Three of the nine victims were children.",
        "Nine people were killed or injured in the blast.",
        "Another nine people were killed nearby.",
        "He was killed nine years after the war ended.",
        "Nine people could be dead, officials said.",
        "The father of 5 killed himself at home.",
        "It took place a year after nine people were killed last year.",
        "Ten shots killed a swan in the park on Monday.",
        "One injured man walked to the hospital.",
        "Police charged the driver who killed nine people.",
    ],
)
def test_a_number_of_something_else_is_no_claim(text):
    assert found(text) == []


def test_a_sentence_that_names_another_year_tells_of_the_past():
    text = "A fire killed nine people there in 2015, firefighters said."
    assert found(text, year=2023) == []
    assert found(text, year=2015) == [("dead", "", "9")]


def test_a_claim_has_its_sentence_and_its_unit():
    (claim,) = claims_of(
        "It rained all day in the valley. The depth was about 20 miles, they said.", "en"
    )
    assert (claim.role, claim.unit) == (Role.DEPTH, "km")
    assert claim.quantity.value == pytest.approx(32.2, abs=0.1)
    assert claim.quantity.bound == Bound.ABOUT
    assert claim.sentence == "The depth was about 20 miles, they said."


def test_an_age_has_the_name_as_it_is_spelt():
    (claim,) = claims_of("Police spoke of 33-year-old Ada Van McLind's wounds.", "en")
    assert (claim.subject, claim.name) == ("ada mclind", "Ada McLind")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Polizei hat einen 20-jährigen Mann festgenommen.", "de"),
        ("Agenten hebben een 20-jarige man gearresteerd.", "nl"),
        ("Two districts have each recorded nine deaths.", "en"),
        ("In the north, where nine people have died, the roads are closed.", "en"),
        ("Around 300 people were evacuated to 24 schools.", "en"),
        ("Nove persone sono morte lo scorso anno.", "it"),
    ],
)
def test_ages_parts_and_shelters_are_no_counts(text, language):
    assert [claim for claim in claims_of(text, language) if claim.quantity.value < 300] == []


def test_a_language_without_a_table_says_nothing():
    assert claims_of("9 ihmistä kuoli räjähdyksessä vanhassa kaupungissa.", "fi") == []


def test_letters_that_patterns_take_for_one_are_folded_to_one():
    letters = sorted({letter for words in tellings().values() for word in words for letter in word})
    every = "".join(filter(str.isalpha, map(chr, range(0x30000))))
    for letter in letters:
        alike = regex.findall(regex.escape(letter), every, regex.IGNORECASE)
        assert {folded(one) for one in alike} <= {folded(letter)}


def tellings():
    """Return the words of all roles of each language, as its table has them."""
    return {
        language: [
            word.strip("*")
            for kind, words in said.items()
            if kind.endswith((".after", ".before", ".toll"))
            for word in words
        ]
        for language, said in _table().items()
    }


@given(st.data(), st.text(max_size=9), st.text(max_size=9))
def test_no_word_of_a_role_is_passed_over(data, before, after):
    language, words = data.draw(st.sampled_from(sorted(tellings().items())))
    word = data.draw(st.sampled_from(words))
    changed = data.draw(st.sampled_from([word, word.upper(), word.title()]))
    known = wording(language)
    assert known is not None
    if regex.search(regex.escape(word), f"{before}{changed}{after}", regex.IGNORECASE):
        assert known.told_in(f"{before}{changed}{after}")


def test_a_line_that_tells_nothing_is_not_cut_into_sentences(monkeypatch):
    cut = []

    def noted(line, _language):
        cut.append(line)
        return [line]

    monkeypatch.setattr(extracting, "sentences", noted)
    text = "The mayor came by boat.\nA storm killed three people.\nThe choir sang.\nIt is 9 pm."
    assert found(text) == [("dead", "", "3")]
    assert cut == ["A storm killed three people.", "It is 9 pm."]
