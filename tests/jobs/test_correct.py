"""What a person says of stories holds at once and in every later night."""

import pytest

from engine.errors import InputError, NotFoundError
from engine.jobs.lookup.answers import PairLabel
from tests.jobs.night_cases import ROBBERY, WEEK, filled, groups, ids_of, line


@pytest.fixture
def base(tmp_path):
    with filled(tmp_path) as opened:
        yield opened


def next_night(base, tmp_path, *lines):
    path = tmp_path / "next.jsonl"
    tag = base.reader.generation.name[-6:]
    words = " ".join(
        f"{word}{tag}" for word in ["some", "thing", "else", "happened", "far", "away"]
    )
    more = [line(f"other-{tag}", words, 3)]
    path.write_text("\n".join([*lines, *more]))
    assert base.nightly([path], window=WEEK).outcome == "published"


def test_merged_stories_stay_merged_and_the_old_id_leads_on(base, tmp_path):
    before = ids_of(base)
    done = base.merge([before["r1"], before["b1"]])
    assert done.story == before["b1"]
    assert groups(base) == [["b1", "b2", "b3", "r1", "r2"]]
    assert base.story(before["r1"]).id == before["b1"]
    assert base.history(before["r1"]).survivor == before["b1"]
    late = line("r3", f"{ROBBERY}. A coin was found.", 2)
    next_night(base, tmp_path, late)
    assert groups(base) == [["b1", "b2", "b3", "r1", "r2", "r3"]]
    base.cluster()
    assert groups(base) == [["b1", "b2", "b3", "r1", "r2", "r3"]]


def test_split_stories_stay_apart(base, tmp_path):
    before = ids_of(base)
    done = base.split(before["b1"], ["b2", "b3"])
    assert done.story not in before.values()
    assert ids_of(base)["b2"] == ids_of(base)["b3"] == done.story
    # One article left is no story to show, but keeps its id.
    assert "b1" not in ids_of(base)
    next_night(base, tmp_path)
    assert ids_of(base)["b2"] == ids_of(base)["b3"] == done.story
    assert "b1" not in ids_of(base)
    assert base.history(done.story).events[0][1].other == before["b1"]


def test_one_article_that_is_split_off_is_in_no_story(base, tmp_path):
    before = ids_of(base)
    base.split(before["b1"], ["b3"])
    assert groups(base) == [["b1", "b2"], ["r1", "r2"]]
    next_night(base, tmp_path)
    assert groups(base) == [["b1", "b2"], ["r1", "r2"]]
    assert ids_of(base)["b1"] == before["b1"]


def test_a_moved_article_stays_where_it_was_put(base, tmp_path):
    before = ids_of(base)
    base.move("b3", before["r1"])
    assert groups(base) == [["b1", "b2"], ["b3", "r1", "r2"]]
    next_night(base, tmp_path)
    assert groups(base) == [["b1", "b2"], ["b3", "r1", "r2"]]
    base.move("b3", before["b1"])
    base.move("alone", before["r1"])
    next_night(base, tmp_path)
    assert groups(base) == [["alone", "r1", "r2"], ["b1", "b2", "b3"]]


def test_a_pinned_article_stays_even_when_its_text_changes(base, tmp_path):
    before = ids_of(base)
    base.pin("b3")
    next_night(base, tmp_path, line("b3", f"{ROBBERY}. The police know more.", 1.2))
    assert ids_of(base)["b3"] == before["b1"]


def test_later_corrections_win(base, tmp_path):
    before = ids_of(base)
    base.merge([before["r1"], before["b1"]])
    new = base.split(before["b1"], ["r1", "r2"]).story
    next_night(base, tmp_path)
    assert groups(base) == [["b1", "b2", "b3"], ["r1", "r2"]]
    assert ids_of(base)["r1"] == new


def test_a_rollback_undoes_a_correction(base, tmp_path):
    before = ids_of(base)
    generation = base.reader.generation.name
    base.merge([before["r1"], before["b1"]])
    base.rollback(generation)
    assert ids_of(base) == before
    assert base.labels() == []
    next_night(base, tmp_path)
    assert {id_: ids_of(base)[id_] for id_ in before} == before


def test_a_correction_leaves_what_is_new_to_the_next_night(base, tmp_path):
    before = ids_of(base)
    path = tmp_path / "late.jsonl"
    path.write_text(line("r3", f"{ROBBERY}. A coin was found.", 2))
    base.ingest([path])
    base.rebuild()
    base.pin("b1")
    assert "r3" not in ids_of(base)
    assert base.nightly(window=WEEK).facts.n_new == 1
    assert ids_of(base)["r3"] == before["r1"]


def test_corrections_become_labels(base):
    before = ids_of(base)
    base.split(before["b1"], ["b3"])
    base.move("alone", before["r1"])
    labels = base.labels()
    assert PairLabel("b3", "b1", False) in labels
    assert PairLabel("b3", "b2", False) in labels
    assert any(found.a == "alone" and found.same_event for found in labels)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda base, ids: base.merge([ids["b1"]]), InputError, "two different"),
        (lambda base, ids: base.merge([ids["b1"], "s-no"]), NotFoundError, "s-no"),
        (lambda base, ids: base.split(ids["b1"], ["r1"]), InputError, "r1 is not in story"),
        (
            lambda base, ids: base.split(ids["b1"], ["b1", "b2", "b3"]),
            InputError,
            "no article",
        ),
        (lambda base, ids: base.split(ids["b1"], ["nobody"]), NotFoundError, "nobody"),
        (lambda base, ids: base.move("b1", ids["b1"]), InputError, "already"),
        (lambda base, ids: base.move("b1", "s-no"), NotFoundError, "s-no"),
        (lambda base, ids: base.pin("alone"), InputError, "in no story"),
    ],
)
def test_wrong_corrections_are_refused_and_change_nothing(base, call, error, said):
    before = base.reader.generation.name
    with pytest.raises(error, match=said):
        call(base, ids_of(base))
    base.refresh()
    assert base.reader.generation.name == before
