"""Headlines come in the language that a base wants them in, where a story has one."""

import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError
from engine.reports.html import markdown

TEXT = "Ostmark flood 2024 Volkov Harrington Ostmark flood river Volkov bridge Harrington"


@pytest.fixture
def base(tmp_path):
    rows = [
        {"id": f"{language}{n}", "title": f"{title} {n}", "text": TEXT, "language": language,
         "published_at": f"2024-05-08T0{n}:00:00Z", "source": f"{language}{n}"}
        for language, title in (("en", "River floods Ostmark"), ("nl", "Rivier bedreigt Ostmark"))
        for n in range(3)
    ]  # fmt: skip
    with engine.open(tmp_path / "base") as base:
        base.nightly(rows, spec=EncoderSpec("hashing"))
        yield base


@pytest.mark.parametrize(("said", "begins"), [("Dutch", "Rivier"), ("en", "River ")])
def test_stories_hits_and_reports_take_the_language_that_was_said(base, said, begins):
    base.tell_in(said)
    (story,) = base.stories()
    assert story.headline.startswith(begins)
    assert base.story(story.id) == story
    hits = base.similar("river floods", k=6, minimum=-1.0, fold=False)
    assert len(hits) == 6
    assert all(hit.headline.startswith(begins) for hit in hits)
    (told,) = base.briefing().stories
    assert told.story == story
    assert story.headline in markdown(base.briefing())


def test_a_language_that_no_story_has_changes_nothing(base):
    (before,) = base.stories()
    base.tell_in("tr")
    assert base.stories() == [before]
    base.tell_in("")
    assert base.headline_language == ""
    with pytest.raises(InputError, match="'Klingonian'"):
        base.tell_in("Klingonian")


def test_the_setting_goes_with_a_copy_and_is_refused_when_altered(base, tmp_path):
    base.tell_in("nl")
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "other") as other:
        other.import_from(tmp_path / "base.tar")
        assert other.headline_language == "nl"
    path = base.layout.headlines
    path.write_bytes(path.read_bytes().replace(b"nl", b"en"))
    with pytest.raises(DamagedError, match="delete it"):
        base.stories()
    assert any("headlines" in problem for problem in base.verify())
