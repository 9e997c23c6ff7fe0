"""Every figure is what somebody gets who counts story by story, in another way."""

import statistics
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.coverage.concentration import held, periods
from engine.coverage.figures import Span, coverage_of
from engine.coverage.firsts import firsts, race_of_voices
from engine.coverage.gaps import gaps, languages_of, missed
from engine.coverage.lags import lags
from engine.coverage.printing import printings
from engine.coverage.races import race
from engine.coverage.reports import Party
from tests.coverage.cases import DAY, HOUR, bases, report, stories, story


def possible_times(report):
    """Return times that a report can be of: each half hour and the ends of its day, or its time."""
    if report.published % DAY:
        return [report.published]
    return [*range(report.published, report.published + DAY, HOUR // 2), report.published + DAY - 1]


def may_be_first(reports, party):
    """Tell whether a party can have come no later than any other, by trying times."""
    others: dict[str, list[int]] = {}
    mine = [min(possible_times(one)) for name, one in reports if name == party]
    for name, one in reports:
        if name != party:
            others.setdefault(name, []).append(max(possible_times(one)))
    return all(min(mine) <= min(latest) for latest in others.values())


def dated(pairs):
    return [(party, one) for party, one in pairs if one.published is not None]


@given(stories())
def test_those_ahead_are_all_that_may_have_been_first(reports):
    pairs = dated((one.language, one) for one in reports)
    found = race((one.language, one) for one in reports)
    parties = {party for party, _ in pairs}
    # A party that printed on a day without hours and at a time on it is taken at its time.
    surest = [
        min(
            (pair for pair in pairs if pair[0] == party),
            key=lambda pair: possible_times(pair[1])[-1],
        )
        for party in parties
    ]
    assert found.ahead == {party for party in parties if may_be_first(surest, party)}
    assert found.behind.keys() == parties - found.ahead
    for delay in found.behind.values():
        assert delay.hours > 0
        assert not delay.by_day or delay.hours % 24 == 0


def own(told):
    """Return who wrote each text of a story, as a person would say it."""
    texts = {one.id: one for one in told.reports}
    for one in told.reports:
        if one.origin.agency:
            yield ("agency", one.origin.agency), one
            continue
        if one.origin.of:
            source = texts[one.origin.of]
            if None not in (one.published, source.published) and min(possible_times(one)) > max(
                possible_times(source)
            ):
                continue
        yield ("outlet", one.origin.outlet), one


@given(bases)
def test_firsts_are_counted(told):
    counts: dict[Party, dict[str, int]] = {}
    for one in told:
        pairs = dated(own(one))
        if len({report.voice for _, report in pairs} - {""}) < 2 or len(dict(pairs)) < 2:
            continue
        ahead = race(pairs).ahead
        for party in {party for party, _ in pairs}:
            n = counts.setdefault(
                party, {"n_stories": 0, "n_decided": 0, "n_first": 0, "n_tied": 0}
            )
            n["n_stories"] += 1
            n["n_decided"] += len(ahead) == 1
            n["n_first"] += ahead == {party}
            n["n_tied"] += party in ahead and len(ahead) > 1
    found = {(row.kind, row.name): row for row in firsts([race_of_voices(one) for one in told])}
    assert found.keys() == {party for party in counts if party[1]}
    for party, row in found.items():
        assert {name: getattr(row, name) for name in counts[party]} == counts[party]
        assert row.n_first + row.n_tied <= row.n_stories
        if row.low is not None and row.share is not None and row.high is not None:
            assert 0 <= row.low <= row.share <= row.high <= 1
        assert (row.low is None) == (row.n_decided == 0)
        assert row.by_chance is None or 0 < row.by_chance <= 1 / 2


@given(st.integers(2, 4), st.integers(1, 4))
def test_chance_is_the_share_over_all_orders(n_parties, n_stories):
    names = [f"o{number}" for number in range(n_parties)]
    races = [
        race_of_voices(story(*(report(name, 1 + place) for place, name in enumerate(order))))
        for order in permutations(names)
        for _ in range(n_stories)
    ]
    for row in firsts(races):
        assert row.share == pytest.approx(row.by_chance) == pytest.approx(1 / n_parties)
        assert not row.leads


@given(bases)
def test_lags_are_counted(told):
    for row in lags(told, lambda one: one.language):
        hours, n_first, n_tied = [], 0, 0
        for one in told:
            found = race((report.language, report) for report in one.reports)
            parties = found.ahead | found.behind.keys()
            if len(parties) < 2 or row.name not in parties:
                continue
            n_first += found.ahead == {row.name}
            n_tied += row.name in found.ahead and len(found.ahead) > 1
            hours += [found.behind[row.name].hours] if row.name in found.behind else []
        assert (row.n_first, row.n_tied, row.n_behind) == (n_first, n_tied, len(hours))
        assert row.n_stories == n_first + n_tied + len(hours) > 0
        if len(hours) > 1:
            quartiles = statistics.quantiles(hours, n=4, method="inclusive")
            assert [row.lower, row.median, row.upper] == pytest.approx(quartiles)
        else:
            only = hours[0] if hours else None
            assert row.lower == row.median == row.upper == only


@given(bases)
def test_gaps_are_counted(told):
    for gap in gaps(told):
        has = [one for one in told if any(r.language == gap.has for r in one.reports)]
        lacks = [one for one in has if all(r.language != gap.misses for r in one.reports)]
        assert gap.n_stories == len(lacks)
        assert gap.share == pytest.approx(len(lacks) / len(has))
    rows = missed(told)
    for one in languages_of(told):
        wanted = {
            story.id
            for story in told
            if len({r.voice for r in story.reports if r.voice}) > 1
            and one.language not in {r.language for r in story.reports}
        }
        mine = [row for row in rows if row.language == one.language]
        assert {row.story for row in mine} == wanted
        assert one.n_missed == len(wanted)
        for row in mine:
            matter = next(story.matter for story in told if story.id == row.story)
            same = [story for story in told if story.matter == matter]
            assert row.matter_too == all(one.language not in story.languages for story in same)


@given(bases)
def test_printed_texts_are_counted(told):
    counted: dict[tuple[str, str, str], list[str]] = {}
    for one in told:
        texts = {text.id: text for text in one.reports}
        for text in one.reports:
            source = texts.get(text.origin.of)
            if text.origin.agency:
                whose = ("agency", text.origin.agency)
            elif source and source.outlet not in {"", text.outlet}:
                whose = ("outlet", source.outlet)
            else:
                continue
            if text.outlet:
                counted.setdefault((text.outlet, *whose), []).append(one.id)
    found = {(row.outlet, row.kind, row.source): row for row in printings(told)}
    assert found.keys() == counted.keys()
    for (outlet, kind, source), row in found.items():
        ids = counted[outlet, kind, source]
        assert (row.n_articles, row.n_stories) == (len(ids), len(set(ids)))
        both = [
            one
            for one in told
            if outlet in one.outlets and (kind == "agency" or source in one.outlets)
        ]
        assert row.n_both == len(both)
        assert row.low <= row.share == len(set(ids)) / len(both)
        assert row.same_owner == (kind == "outlet" and {outlet, source} == {"A", "B"})


@given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=12))
def test_concentration_is_the_chance_that_two_are_one(mentions):
    found, known = held(mentions), [name for name in mentions if name]
    pairs = list(combinations(known, 2))
    same = sum(one == other for one, other in pairs)
    assert found.index == (pytest.approx(same / len(pairs)) if pairs else None)
    assert found.n_holders == len(set(known))
    if known:
        assert known.count(found.largest) == max(map(known.count, known))
        assert found.share == pytest.approx(known.count(found.largest) / len(known))


@settings(max_examples=30)
@given(bases, st.sampled_from(["week", "day"]))
def test_every_dated_story_is_in_one_period_and_order_changes_nothing(told, by):
    found = periods(told, by)
    assert sum(row.n_stories for row in found) == sum(one.first is not None for one in told)
    assert [row.start for row in found] == sorted({row.start for row in found})
    span = Span(by=by)
    forth, back = (coverage_of(one, span, generation="g", n_untold=0) for one in (told, told[::-1]))
    assert forth == back
    assert forth.n_decided <= forth.n_raced <= forth.n_stories == len(told)
