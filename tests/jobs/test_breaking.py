"""A story that grows fast is told once when it begins, and once when it crosses languages."""

from datetime import UTC, datetime

import pytest

from engine.jobs.lookup.alerts import breaking
from engine.recorded import AlertKind
from engine.store import RunFacts
from tests.jobs.breaking_cases import MAYOR, after_a_burst, burst, told, usual
from tests.jobs.night_cases import after_a_night, ids_of, line, night, plain, shuffled, two_stories


def kinds(base):
    return [one.alert.kind for one in base.breaking()]


def test_a_story_that_grows_fast_is_told_with_what_it_is_compared_with(tmp_path):
    base, report = after_a_burst(tmp_path)
    (one,) = base.breaking()
    alert = one.alert
    (story,) = [one for one in base.outlines() if one.id == ids_of(base)["b0"]]
    assert (one.run, one.story) == (report.run, story)
    assert (alert.kind, alert.n_voices, alert.n_meanwhile) == (AlertKind.BEGAN, 4, 4)
    assert (alert.language, alert.languages, alert.n_stories) == ("en", ("en",), 41)
    assert alert.chance == pytest.approx(1 / 41)
    assert (alert.began.hour, alert.at > alert.began) == (0, True)
    assert report.facts.alerts == (alert,)
    assert RunFacts.from_dict(report.facts.to_dict()) == report.facts
    base.close()


def test_it_is_told_once(tmp_path):
    base, report = after_a_burst(tmp_path)
    assert night(base, tmp_path, *burst(), name="again.jsonl").outcome == "unchanged"
    night(base, tmp_path, *(told(f"c{n}", 9 + n, 6.1 + n / 1000) for n in range(4)))
    assert kinds(base) == [AlertKind.BEGAN]
    assert [one.run for one in base.breaking()] == [report.run]
    base.close()


def test_it_is_told_again_once_when_it_reaches_another_language(tmp_path):
    base, _ = after_a_burst(tmp_path)
    night(base, tmp_path, told("nl", 8, 6.2, language="nl"), name="nl.jsonl")
    night(base, tmp_path, told("fr", 9, 6.3, language="fr"), name="fr.jsonl")
    crossed, began = base.breaking()
    assert (crossed.alert.kind, crossed.alert.reached) == (AlertKind.CROSSED, "nl")
    assert crossed.alert.languages == ("en", "nl")
    assert crossed.alert.chance == began.alert.chance
    assert breaking(base.reader, after=began.run) == [crossed]
    base.close()


def test_an_outlet_that_has_spoken_does_not_make_it_cross(tmp_path):
    base, _ = after_a_burst(tmp_path)
    night(base, tmp_path, line("nl", f"{MAYOR} 7.", 6.2, source="Paper 1", language="nl"))
    assert kinds(base) == [AlertKind.BEGAN]
    base.close()


def test_usual_growth_is_not_told(tmp_path):
    base = after_a_night(tmp_path, *usual())
    night(base, tmp_path, told("b0", 0, 5.0), told("b1", 1, 6.0))  # as the others
    assert base.breaking() == []
    base.close()


def test_one_owner_is_one_voice(tmp_path):
    base = after_a_night(tmp_path, *usual())
    base.keep_owners("\n".join(f"The Papers\tPaper {n}" for n in range(4)))
    night(base, tmp_path, *burst())
    assert base.breaking() == []
    base.close()


def test_what_is_days_old_is_not_breaking(tmp_path):
    base = after_a_night(tmp_path, *usual())
    night(base, tmp_path, *burst(day=1.0))
    assert base.breaking() == []
    base.close()


def test_the_first_night_tells_of_its_last_day_alone(tmp_path):
    for day, expected in ((6.0, 1), (0.5, 0)):
        folder = tmp_path / str(day)
        folder.mkdir()
        base = after_a_night(folder, *usual(), *burst(day=day))
        assert len(base.breaking()) == expected
        base.close()


def test_it_can_be_turned_off(tmp_path):
    base, report = after_a_burst(tmp_path, breaking=False)
    assert (base.breaking(), report.facts.alerts) == ([], None)
    base.close()


def test_the_order_of_the_input_does_not_matter(tmp_path):
    found = []
    for turn, lines in (("one", usual() + burst()), ("other", (usual() + burst())[::-1])):
        folder = tmp_path / turn
        folder.mkdir()
        with after_a_night(folder, *lines) as base:
            found.append([(one.alert.n_meanwhile, one.alert.chance, one.alert.at)
                          for one in base.breaking()])  # fmt: skip
    assert found[0] == found[1] != []


def test_a_story_that_takes_it_in_is_not_told_again(tmp_path):
    base, _ = after_a_burst(tmp_path)
    ids = ids_of(base)
    base.merge([ids["u0n0"], ids["b0"]])
    night(base, tmp_path, *(told(f"c{n}", 9 + n, 6.1 + n / 1000) for n in range(8)))
    (one,) = base.breaking()
    assert one.story is not None
    assert "b0" in base.story(one.story.id).article_ids
    base.close()


def test_what_splits_off_is_not_told_again(tmp_path):
    base, _ = after_a_burst(tmp_path)
    story = ids_of(base)["b0"]
    base.split(story, ["b2", "b3"])
    night(base, tmp_path, *(told(f"c{n}", 9 + n, 6.1 + n / 1000) for n in range(8)))
    assert kinds(base) == [AlertKind.BEGAN]
    base.close()


def test_going_back_takes_it_back_and_it_is_told_anew(tmp_path):
    base, _ = after_a_burst(tmp_path)
    base.rollback()
    assert base.breaking() == []
    night(base, tmp_path, *burst(), told("b9", 9, 6.1))
    assert kinds(base) == [AlertKind.BEGAN]
    base.close()


def test_it_can_be_asked_by_run_and_time(tmp_path):
    base, report = after_a_burst(tmp_path)
    assert len(base.breaking(run=report.run)) == 1
    assert base.breaking(run=report.run - 1) == []
    assert base.breaking(since=datetime.max.replace(tzinfo=UTC)) == []
    base.close()


def test_a_base_with_few_or_undated_stories_has_none(tmp_path):
    with two_stories(tmp_path) as base:
        assert base.breaking() == []
        night(base, tmp_path, *(line(f"x{n}", f"{MAYOR} {n}.", None) for n in range(3)))
        assert base.breaking() == []


def test_a_held_night_tells_when_it_is_approved(tmp_path):
    with after_a_night(tmp_path, *usual(60)) as base, plain(base, clusterer=shuffled) as unsteady:
        report = night(unsteady, tmp_path, *burst(n_voices=12))
        assert report.outcome == "held"
        assert unsteady.breaking() == []
        unsteady.approve(report.run)
        assert AlertKind.BEGAN in kinds(unsteady)
        assert all(one.story is not None for one in unsteady.breaking())
