"""A matter over several nights: its id, its stages, its history, and what undoes them."""

import json

import pytest

import engine
from engine.errors import NotFoundError
from tests.jobs.night_cases import HASHING, by_words, line

TRIAL = (
    "The trial of the shipping magnate Ostrander over the sunken ferry Meridian went on in "
    "Oldtown before judge Wexley while families of the drowned passengers waited outside for news"
)
STAGES = [
    "and he pleaded not guilty",
    "and engineer Palmgren told of broken pumps",
    "and prosecutor Quillfeather asked for twelve years",
]


def stage(number, day):
    """Return two outlets' articles of one stage of the trial."""
    text = f"{TRIAL} {STAGES[number]}."
    return [
        line(f"t{number}a", text, day, source="Herald"),
        line(f"t{number}b", f"{text} More follows tomorrow morning.", day + 0.1, source="Courier"),
    ]


@pytest.fixture
def base(tmp_path):
    with engine.open(tmp_path / "base", clusterer=by_words) as opened:
        yield opened


def night(base, tmp_path, lines, **options):
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(lines))
    return base.nightly([feed], spec=HASHING, **options)


def story_of(base, article):
    return next(story.id for story in base.stories() if article in story.article_ids)


def test_a_matter_goes_on_for_months_under_one_id(base, tmp_path):
    night(base, tmp_path, [*stage(0, 1), line("x", "A quiet village festival with cake.", 1)])
    assert base.matters() == []
    night(base, tmp_path, stage(1, 50))
    (matter,) = base.matters()
    night(base, tmp_path, stage(2, 140))
    (later,) = base.matters()
    assert later.id == matter.id
    assert [story.id for story in later.stories] == [story_of(base, f"t{n}a") for n in range(3)]
    found = base.matter(matter.id)
    assert [stage.number for stage in found.stages] == [1, 2, 3]
    assert "Palmgren" in " ".join(found.stages[1].newcomers)
    assert not any("Ostrander" in name for name in found.stages[1].newcomers)
    assert [stage.story.n_independent for stage in found.stages] == [2, 2, 2]
    assert all(stage.why.cosine > 0.3 for stage in found.stages)
    quoted = found.stages[0].sentence
    assert quoted is not None
    assert quoted.article in base.story(found.stages[0].story.id).article_ids
    assert [(change.run, change.kind) for change in found.history] == [(2, "born"), (3, "grew")]
    assert json.loads(json.dumps(found.to_dict()))["matter"]["id"] == matter.id
    assert base.matter(matter.id, sentences=False).stages[0].sentence is None
    assert base.other_events(base.story(story_of(base, "t0a"))).matter == matter.id


def test_going_back_undoes_a_stage_and_the_same_night_gives_the_same_id(base, tmp_path):
    night(base, tmp_path, stage(0, 1))
    night(base, tmp_path, stage(1, 50))
    (matter,) = base.matters()
    first, second = (entry.name for entry in base.generations())
    base.rollback(first)
    assert base.matters() == []
    with pytest.raises(NotFoundError, match="engine matters list"):
        base.matter(matter.id)
    base.rollback(second)
    assert [one.id for one in base.matters()] == [matter.id]


def test_a_night_without_matters_leaves_them_to_the_next(base, tmp_path):
    night(base, tmp_path, stage(0, 1), matters=False)
    night(base, tmp_path, stage(1, 50), matters=False)
    assert base.matters() == []
    night(base, tmp_path, stage(2, 140))
    (matter,) = base.matters()
    assert len(matter.stories) == 3


def test_a_report_says_which_stage_a_story_is_and_quotes_it(base, tmp_path):
    night(base, tmp_path, stage(0, 1))
    report = night(base, tmp_path, stage(1, 50))
    told = base.briefing(report)
    story = story_of(base, "t1a")
    assert told.stages.keys() == {story}
    assert (told.stages[story].number, told.stages[story].n_stages) == (2, 2)
    from engine.reports.briefing import BARE
    from engine.reports.html import html, markdown

    for text in (markdown(told), html(told)):
        assert "Stage 2 of 2 of the matter m-" in text
        assert "(Herald)" in text or "(Courier)" in text or "\\(Herald" in text
    assert base.briefing(report, BARE).summaries == {}


def test_a_story_that_is_merged_takes_its_matter_along(base, tmp_path):
    night(base, tmp_path, stage(0, 1))
    night(base, tmp_path, stage(1, 50))
    night(base, tmp_path, stage(2, 140))
    (matter,) = base.matters()
    base.merge([story_of(base, "t0a"), story_of(base, "t1a")])
    (left,) = base.matters()
    assert (left.id, len(left.stories)) == (matter.id, 2)
