"""Statements differ where they cannot all be true, and grow where time tells so."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.claims.comparing import DifferenceKind, Statement, differences, growth, told_once
from engine.claims.counting import Claim
from engine.claims.quantities import Bound, Quantity, contradict
from engine.claims.roles import Role
from engine.reports.differences import heading

START = dt.datetime(2023, 5, 10, 8, tzinfo=dt.UTC)


def stated(value, hour=None, voice="A", role=Role.DEAD, subject="", bound=Bound.EXACT, id_=""):
    quantity = Quantity(value, 0.1 if role == Role.MAGNITUDE else 1.0, bound)
    when = None if hour is None else START + dt.timedelta(hours=hour)
    id_ = id_ or f"{voice}{hour}"
    said = Statement(quantity, voice, voice, id_, when, "en", f"{value} people were killed.")
    return Claim(role, subject, "", quantity, said.sentence), said


def kinds(*statements):
    return [found.kind for found in differences(statements)]


def test_a_later_lower_number_of_another_voice_is_a_disagreement():
    (found,) = differences([stated(11, 1, "A"), stated(9, 2, "B"), stated(9, 3, "C")])
    assert found.kind == DifferenceKind.DISAGREEMENT
    assert [(str(one.quantity), one.voices) for one in found.versions] == [
        ("11", ("A",)),
        ("9", ("B", "C")),
    ]
    assert found.versions[1].since == START + dt.timedelta(hours=2)


def test_nine_then_eleven_is_a_development():
    assert kinds(stated(9, 1, "A"), stated(11, 2, "B")) == [DifferenceKind.DEVELOPMENT]
    assert kinds(stated(9, 1, "A"), stated(11, 2, "A")) == [DifferenceKind.DEVELOPMENT]


def test_without_an_order_nothing_is_said_of_it():
    assert kinds(stated(9, None, "A"), stated(11, 2, "B")) == [DifferenceKind.UNORDERED]
    day = -8  # midnight: only the day is known
    assert kinds(stated(9, day, "A"), stated(11, 2, "B")) == [DifferenceKind.UNORDERED]


def test_a_number_that_does_not_change_is_disputed_whenever_it_differs():
    quakes = [stated(6.1, 1, "A", Role.MAGNITUDE), stated(6.4, 2, "B", Role.MAGNITUDE)]
    assert kinds(*quakes) == [DifferenceKind.DISAGREEMENT]


@pytest.mark.parametrize(("hours", "differ"), [(24, True), (24 * 200, False)])
def test_people_have_birthdays(hours, differ):
    ages = [stated(33, 0, "A", Role.AGE, "ada lind"), stated(34, hours, "B", Role.AGE, "ada lind")]
    assert bool(kinds(*ages)) == differ


def test_one_voice_and_another_subject_do_not_disagree():
    assert kinds(stated(11, 1, "A", id_="x"), stated(9, 2, "A", id_="y")) == []
    assert kinds(stated(11, 1, "A", subject="soldiers"), stated(9, 2, "B")) == []


def test_an_article_with_two_numbers_for_one_thing_says_neither():
    nine, eleven = (stated(value)[0] for value in (9, 11))
    assert told_once([nine, eleven]) == []
    assert told_once([nine, nine]) == [nine]


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (Quantity(200, 100, Bound.ABOUT), Quantity(197), False),
        (Quantity(200, 10), Quantity(197), False),
        (Quantity(200, 10), Quantity(160, 10), True),
        (Quantity(9), Quantity(10), True),
        (Quantity(9, 1, Bound.LEAST), Quantity(11), False),
        (Quantity(9, 1, Bound.LEAST), Quantity(7), True),
        (Quantity(50, 1, Bound.MOST), Quantity(60), True),
        (Quantity(1_200_000, 100_000), Quantity(1_230_000, 10_000), False),
        (Quantity(6.3, 0.1), Quantity(6.4, 0.1), True),
        (Quantity(45, 1, Bound.ABOUT), Quantity(47), False),
    ],
)
def test_rounding_and_limits_are_no_contradiction(one, other, differ):
    assert contradict(one, other) == contradict(other, one) == differ


QUANTITIES = st.builds(
    Quantity, st.integers(0, 10**6), st.sampled_from([1.0, 10.0, 100.0]), st.sampled_from(Bound)
)


@given(QUANTITIES)
def test_nothing_contradicts_itself(one):
    assert not contradict(one, one)


STATEMENTS = st.lists(
    st.builds(
        stated,
        st.integers(2, 12),
        st.none() | st.integers(0, 5),
        st.sampled_from("ABC"),
        st.sampled_from([Role.DEAD, Role.MAGNITUDE]),
    ),
    max_size=8,
    unique_by=lambda one: (one[0].role, one[1].article, one[1].quantity.value),
)


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_order_of_articles_does_not_matter(statements, random):
    shuffled = list(statements)
    random.shuffle(shuffled)
    assert differences(shuffled) == differences(statements)


def aged(name, hour, voice, age=33, id_=""):
    claim, said = stated(age, hour, voice, Role.AGE, name.casefold(), id_=id_)
    return claim, dataclasses.replace(said, name=name)


def test_a_name_that_voices_spell_differently_is_told_as_they_spell_it():
    said = [aged("Ada Lindt", 2, "B"), aged("Ada Lind", 1, "A"), aged("Ada Lind", 3, "C")]
    (found,) = differences(said)
    assert (found.role, found.kind) == (Role.NAME, DifferenceKind.DISAGREEMENT)
    assert [(str(one), one.voices) for one in found.versions] == [
        ("Ada Lind", ("A", "C")),
        ("Ada Lindt", ("B",)),
    ]


@pytest.mark.parametrize(
    ("other", "age", "voice", "id_"),
    [
        ("Ada Lindt", 34, "B", "y"),
        ("Ada Lindt", 33, "A", "y"),
        ("Ada Lindt", 33, "B", "x"),
        ("Ida Lindt", 33, "B", "y"),
        ("Amy Lind", 33, "B", "y"),
        ("Ada Brook", 33, "B", "y"),
    ],
    ids=["another age", "one voice", "one article", "both words", "short words", "another name"],
)
def test_other_names_are_of_other_people(other, age, voice, id_):
    assert differences([aged("Ada Lind", 1, "A", id_="x"), aged(other, 2, voice, age, id_)]) == []


def test_a_sentence_that_has_both_names_explains_them():
    claim, said = aged("Ada Lind", 1, "A")
    both = dataclasses.replace(said, sentence="Ada “Aida” Lind, 33, was seen.")
    assert differences([(claim, both), aged("Aida Lind", 2, "B")]) == []


def test_what_is_said_less_exactly_in_between_is_no_step():
    least = Quantity(2, 1, Bound.LEAST)
    claim, said = stated(2, 2, "B")
    vague = dataclasses.replace(claim, quantity=least), dataclasses.replace(said, quantity=least)
    (found,) = differences([stated(3, 1, "A"), vague, stated(4, 3, "C")])
    assert found.kind == DifferenceKind.DEVELOPMENT
    assert [str(one) for one in found.versions] == ["3", "at least 2", "4"]
    assert heading(found) == "It changed, dead: 3 → 4"


def test_a_number_that_fell_and_rose_is_no_development():
    said = [stated(9, 1, "A", id_="x"), stated(7, 2, "A", id_="y"), stated(12, 3, "B")]
    (found,) = differences(said)
    assert found.kind == DifferenceKind.UNORDERED
    assert heading(found) == "It differs, dead: 9 or 7 or 12"


def test_what_is_known_of_one_day_only_is_no_step():
    said = [stated(value, None, voice) for value, voice in ((59, "A"), (49, "A"), (50, "B"))]
    said = [
        (claim, dataclasses.replace(one, published=dt.datetime(2017, 10, day, tzinfo=dt.UTC)))
        for (claim, one), day in zip(said, (3, 3, 4), strict=True)
    ]
    assert kinds(*said) == [DifferenceKind.DISAGREEMENT]  # 50 after 59, of another voice
    same_day = [
        (claim, dataclasses.replace(one, published=dt.datetime(2017, 10, 3, tzinfo=dt.UTC)))
        for claim, one in said
    ]
    assert kinds(*same_day) == [DifferenceKind.UNORDERED]


def test_a_step_that_contradicts_nothing_may_be_of_the_same_day():
    day = dt.datetime(2016, 7, 14, tzinfo=dt.UTC)
    claim, said = stated(60, None, "A")
    least = Quantity(60, 1, Bound.LEAST)
    vague = (
        dataclasses.replace(claim, quantity=least),
        dataclasses.replace(said, quantity=least, published=day),
    )
    claim, said = stated(84, None, "B")
    exact = claim, dataclasses.replace(said, published=day + dt.timedelta(hours=21))
    claim, said = stated(85, None, "C")
    later = claim, dataclasses.replace(said, published=day + dt.timedelta(days=9))
    (found,) = differences([vague, exact, later])
    assert heading(found) == "It changed, dead: at least 60 → 84 → 85"


@given(STATEMENTS)
def test_a_development_is_drawn_as_growth(statements):
    for found in differences(statements):
        steps = [one.quantity.value for one in growth(found.versions)]
        assert steps == sorted(set(steps))
        if found.kind == DifferenceKind.DEVELOPMENT:
            assert len(steps) > 1


def test_bail_that_is_raised_changed():
    bail = [stated(500_000, 1, "A", Role.BAIL), stated(750_000, 30, "B", Role.BAIL)]
    assert kinds(*bail) == [DifferenceKind.DEVELOPMENT]
