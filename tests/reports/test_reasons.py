from dataclasses import replace

import pytest

from engine.jobs.querying.explain import Why
from engine.origins.voices import Independence
from engine.reports.story_brief import StoryBrief, StoryNews
from engine.reports.wording import lines, reasons
from engine.same_event.explanation import Explanation
from tests.generations.cases import story

PART = Explanation(
    probability=0.5,
    cosine=0.5,
    hours_apart=5.0,
    prior=-2.0,
    by_cosine=3.5,
    by_time=1.0,
    by_terms=0.2,
    conflict=-1.5,
    template=False,
    shared_names=("Kazan",),
    shared_terms=(),
    shared_numbers=(),
    only_first=("3",),
    only_second=(),
    names_only_first=(),
    names_only_second=("Oslo",),
    weekdays_only_first=(),
    weekdays_only_second=(),
    counted_apart=(),
)


def said(**changes):
    why = Why(replace(PART, **changes), ("One.", "Another."), 0.4)
    return reasons(why, "a1", "b2")


def test_what_joins_and_what_separates_is_said_with_its_force():
    assert said() == [
        "joins: near in meaning (strongly), 5 hours apart, shared names and numbers (a little)",
        "separates: near articles are rarely one event, numbers that differ",
        "shared names: Kazan",
        "names only in b2: Oslo",
        "numbers only in a1: 3",
        "nearest sentences (0.400):",
        "  One.",
        "  Another.",
    ]


def test_what_is_not_known_is_said_to_be_not_weighed():
    joins, separates, silent, *_ = said(
        hours_apart=None, by_time=0.0, by_terms=0.0, conflict=0.0, shared_names=()
    )
    assert joins == "joins: near in meaning (strongly)"
    assert separates == "separates: near articles are rarely one event"
    assert silent == "not weighed: time (no date), names, numbers"


def test_shared_names_that_are_not_weighed_are_said_to_be_so_once():
    told = said(by_terms=0.0)
    assert "shared names: Kazan (not weighed)" in told
    assert [line for line in told if "names" in line and "not weighed" in line] == [
        "shared names: Kazan (not weighed)"
    ]


def test_a_template_decides_and_its_numbers_are_not_said_twice():
    separates = said(template=True, conflict=-21.0)[1]
    assert separates.endswith("one outlet's template, filled with other numbers (decides)")
    assert "numbers that differ" not in separates


def test_weekdays_are_said_not_to_be_weighed():
    told = said(weekdays_only_first=("Monday",))
    assert "weekdays only in a1: Monday (not weighed)" in told
    assert not any("weekdays" in line for line in told[:2])


def test_what_is_counted_otherwise_is_told_with_its_word():
    told = said(counted_apart=(("magnitude", "6.1", "5.8"), ("dead", "3", "4, 7")))
    assert "stated differently (by number alone): magnitude 6.1 and 5.8; dead 3 and 4, 7" in told


def test_nothing_is_said_of_a_side_that_has_nothing():
    lines = said(prior=1.0, conflict=1.0)
    assert not any(line.startswith("separates") for line in lines)
    assert "numbers that agree" in lines[0]


@pytest.mark.parametrize(
    ("hours", "gap"),
    [
        (0.0, "0 minutes"),
        (1.5, "90 minutes"),
        (2.0, "2 hours"),
        (47.9, "48 hours"),
        (48, "2 days"),
    ],
)
def test_time_between_is_said_in_a_fitting_unit(hours, gap):
    assert f"{gap} apart" in said(hours_apart=hours)[0]


@pytest.mark.parametrize(("names", "told"), [(("Lund", "Kyiv"), ["Names: Lund, Kyiv."]), ((), [])])
def test_a_report_tells_the_names_of_a_story_that_has_some(names, told):
    brief = StoryBrief(
        story=replace(story(), names=names),
        news=StoryNews("new", 1, (), ""),
        first=None,
        lineages=(),
        independence=Independence(1, 1, ()),
        languages=(),
        missing=(),
        timeline=(),
        per_day=0,
    )
    assert [line.text for line in lines(brief) if line.text.startswith("Names")] == told
