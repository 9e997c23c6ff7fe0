"""A correction can be taken back, the last one or an old one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, InputError
from tests.jobs.night_cases import (
    BRIDGE,
    ROBBERY,
    filled,
    groups,
    ids_of,
    line,
    night,
)


@pytest.fixture
def base(tmp_path):
    with filled(tmp_path) as opened:
        yield opened


def test_a_merge_that_is_taken_back_revives_the_id(base, tmp_path):
    before = ids_of(base)
    done = base.merge([before["r1"], before["b1"]])
    night(base, tmp_path, line("x", "Some other thing happened far away.", 2))
    base.undo(done.run)
    assert {id_: ids_of(base).get(id_) for id_ in before} == before
    assert base.story(before["r1"]).id == before["r1"]
    history = base.history(before["r1"])
    assert history.survivor == before["r1"]
    assert [event.kind for _, event in history.events] == ["born", "merged", "reopened"]
    later = line("r3", f"{ROBBERY}. A coin was found.", 2.1)
    night(base, tmp_path, later, name="later.jsonl")
    assert ids_of(base)["r3"] == before["r1"]
    assert base.corrections() == base.labels() == []
    assert base.verify() == []


def test_the_id_of_a_split_that_is_taken_back_leads_on(base, tmp_path):
    before = ids_of(base)
    done = base.split(before["b1"], ["b2", "b3"])
    assert "b1" not in ids_of(base)
    base.undo(done.run)
    assert ids_of(base) == before
    assert base.story(done.story).id == before["b1"]
    night(base, tmp_path, line("b4", f"{BRIDGE}. The mayor came.", 2))
    assert ids_of(base)["b4"] == before["b1"]


def test_what_went_elsewhere_since_stays_there(base):
    before = ids_of(base)
    first = base.move("b3", before["r1"])
    base.move("b3", before["b1"])
    base.undo(first.run)
    assert ids_of(base) == before
    assert len(base.corrections()) == 1


def test_a_pin_that_is_taken_back_lets_the_article_go(base, tmp_path):
    before = ids_of(base)
    done = base.pin("b3")
    (said,) = base.corrections()
    assert (said.kind, said.articles, said.story) == ("pinned", ("b3",), before["b1"])
    base.undo(done.run)
    night(base, tmp_path, line("b3", f"{ROBBERY}. The police know more.", 1.2))
    assert ids_of(base)["b3"] == before["r1"]


def test_taking_back_can_itself_be_undone(base):
    before = ids_of(base)
    done = base.merge([before["r1"], before["b1"]])
    merged = base.reader.generation.name
    base.undo(done.run)
    base.rollback(merged)
    assert groups(base) == [["b1", "b2", "b3", "r1", "r2"]]
    assert [said.run for said in base.corrections()] == [done.run]
    assert base.history(before["r1"]).survivor == before["b1"]


def test_only_a_correction_in_force_can_be_taken_back(base):
    for run in (1, 99):
        with pytest.raises(InputError, match=f"run {run} is no correction"):
            base.undo(run)
    done = base.pin("b1")
    base.undo(done.run)
    with pytest.raises(InputError, match="no correction that is in force"):
        base.undo(done.run)


ARTICLES = st.sampled_from(["b1", "b2", "b3", "r1", "r2", "alone"])


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from("msvp"), ARTICLES, ARTICLES), min_size=1, max_size=4))
def test_taking_all_back_in_turn_gives_what_was(tmp_path_factory, steps):
    with filled(tmp_path_factory.mktemp("undo")) as base:
        before, runs = ids_of(base), []
        for kind, one, other in steps:
            ids = ids_of(base)
            acts = {
                "m": lambda: base.merge([ids[one], ids[other]]),  # noqa: B023 - called at once
                "s": lambda: base.split(ids[one], [one]),  # noqa: B023
                "v": lambda: base.move(one, ids[other]),  # noqa: B023
                "p": lambda: base.pin(one),  # noqa: B023
            }
            try:
                runs.append(acts[kind]().run)
            except (EngineError, KeyError):
                continue
        for run in reversed(runs):
            base.undo(run)
        assert ids_of(base) == before
        assert base.corrections() == []
