"""Who was first where some times are days, and what a date that is none does."""

import itertools
import math

import pytest

from engine.coverage.firsts import at_least, firsts, race_of_voices
from engine.coverage.gaps import missed
from engine.coverage.lags import lags
from engine.coverage.printing import printings
from engine.coverage.races import Delay, race
from engine.coverage.reports import of_one_time
from tests.coverage.cases import DAY, HOUR, MONDAY, report, story


def order(*reports):
    found = race((one.id, one) for one in reports)
    return sorted(found.ahead), dict(found.behind)


def test_times_are_told_in_hours():
    ahead, behind = order(report("a", 9), report("b", 10.5), report("c", 33))
    assert ahead == ["a"]
    assert behind == {"b": Delay(1.5, False), "c": Delay(24.0, False)}


def test_a_day_without_hours_ties_with_every_time_of_it():
    ahead, behind = order(report("a", 9), report("day", 0), report("b", 10), report("late", 24))
    assert ahead == ["a", "day"]
    assert behind == {"b": Delay(1.0, False), "late": Delay(24.0, True)}


def test_days_alone_are_told_in_days_and_one_day_is_a_tie():
    ahead, behind = order(report("a", 0), report("b", 0), report("c", 72))
    assert ahead == ["a", "b"]
    assert behind == {"c": Delay(72.0, True)}


def test_what_has_no_date_takes_no_part():
    assert order(report("a", None), report("b", 9)) == (["b"], {})
    assert order(report("a", None)) == ([], {})


def test_a_clock_that_was_never_set_broke_no_story():
    times = [0, MONDAY, MONDAY + HOUR, None]
    assert of_one_time(times, silence=30 * DAY) == [None, MONDAY, MONDAY + HOUR, None]
    assert of_one_time([MONDAY, MONDAY + 30 * DAY], silence=30 * DAY)[1] is not None
    assert of_one_time([], silence=DAY) == []


def names(told):
    return [
        (row.kind, row.name, row.n_first, row.n_decided) for row in firsts([race_of_voices(told)])
    ]


def test_who_prints_a_text_later_did_not_report_it_first():
    told = story(report("a", 9), report("copy", 9.5, of="a"), report("b", 10))
    assert names(told) == [("outlet", "a", 1, 1), ("outlet", "b", 0, 1)]


def test_of_one_text_on_one_day_either_may_be_the_author():
    told = story(report("a", 0), report("copy", 0, of="a"), report("b", 48))
    (*tied, late) = sorted(firsts([race_of_voices(told)]), key=lambda row: row.name == "b")
    assert {row.name for row in tied} == {"a", "copy"}
    assert [(row.n_tied, row.n_decided, row.share) for row in (*tied, late)] == [
        (1, 0, None),
        (1, 0, None),
        (0, 0, None),
    ]


def test_an_agency_is_first_wherever_it_is_printed():
    told = story(report("x", 8, agency="AFP"), report("y", 9, agency="AFP"), report("b", 10))
    assert names(told) == [("agency", "AFP", 1, 1), ("outlet", "b", 0, 1)]


def test_one_voice_alone_leads_nobody():
    assert (
        firsts([race_of_voices(story(report("x", 8, agency="AFP"), report("y", 9, agency="AFP")))])
        == ()
    )
    owned = story(report("a", 8, owner="One"), report("b", 9, owner="One"))
    assert firsts([race_of_voices(owned)]) == ()


def test_nobody_races_alone():
    told = story(
        report("a", 0, outlet="A"),
        report("b", None, outlet="B"),
        report("c", 0, outlet="A", of="b"),
    )
    assert firsts([race_of_voices(told)]) == ()


def test_a_small_outlet_is_no_champion_by_luck():
    small = [story(report("small", 9), report("other", 10), report("third", 11))] * 2
    large = [story(report("large", 9), report("rest", 10), report("third", 11))] * 30
    large += [story(report("rest", 9), report("large", 10), report("third", 11))] * 10
    found = {row.name: row for row in firsts([race_of_voices(one) for one in small + large])}
    assert (found["small"].share, found["large"].share) == (1.0, 0.75)
    assert next(iter(found)) == "large"
    assert found["large"].low == pytest.approx(0.598, abs=0.001)  # Wilson, 30 of 40
    assert found["small"].low == pytest.approx(0.342, abs=0.001)  # 2 of 2
    assert found["large"].by_chance == pytest.approx(1 / 3)
    assert [name for name, row in found.items() if row.leads] == ["large"]
    assert found["small"].luck == pytest.approx(1 / 9)


def test_a_copy_is_late_coverage_of_its_language():
    told = story(report("a", 9), report("copy", 12, of="a", language="nl"))
    (english, dutch) = lags([told], lambda one: one.language)
    assert (english.name, english.n_first, english.median) == ("en", 1, None)
    assert (dutch.name, dutch.n_behind, dutch.median) == ("nl", 1, 3.0)


def test_an_owner_may_print_its_own_texts_and_an_agency_its_own():
    told = story(
        report("a", 9, owner="One"),
        report("b", 10, of="a", owner="One"),
        report("afp.example", 8, agency="AFP", owner="AFP"),
        report("c", None, of="a"),
    )
    rows = {(row.outlet, row.source): row for row in printings([told])}
    assert rows.keys() == {("b", "a"), ("c", "a")}
    assert rows["b", "a"].same_owner
    assert not rows["c", "a"].same_owner
    assert (rows["b", "a"].n_unordered, rows["c", "a"].n_unordered) == (0, 1)


def test_a_topic_that_is_missing_goes_before_an_event():
    both = [report("a", 1), report("b", 2)]
    told = [
        story(report("n", 1, language="nl"), id_="s-nl", matter="m1"),
        story(*both, report("c", 3), id_="s-event", matter="m1"),
        story(*both, id_="s-topic", matter="m2"),
        story(report("a", 1), id_="s-alone", matter="m3"),
    ]
    rows = [row for row in missed(told) if row.language == "nl"]
    assert [(row.story, row.matter_too, row.n_voices) for row in rows] == [
        ("s-topic", True, 2),
        ("s-event", False, 3),
    ]


def test_luck_is_the_share_of_all_outcomes():
    chances = [0.5, 0.25, 1 / 3, 0.2]
    for n_found in range(6):
        whole = sum(
            math.prod(p if hit else 1 - p for p, hit in zip(chances, hits, strict=True))
            for hits in itertools.product([False, True], repeat=4)
            if sum(hits) >= n_found
        )
        assert at_least(n_found, chances) == pytest.approx(whole)


def test_one_story_proves_nothing():
    one = [race_of_voices(story(report("a", 9), *(report(f"o{n}", 10) for n in range(5))))]
    (first, *_) = firsts(one)
    assert first.low is not None
    assert first.by_chance is not None
    assert (first.name, first.low > first.by_chance, first.leads) == ("a", True, False)
