"""Coverage of a base: of what its stories, their origins and what it knows of owners say."""

from datetime import UTC, datetime

import pytest

import engine
from engine.errors import InputError, NotFoundError
from engine.reports.briefing import BARE
from engine.reports.html import markdown
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line


@pytest.fixture
def told(tmp_path):
    feed = tmp_path / "feed.jsonl"
    feed.write_text(
        "\n".join(
            line(id_, text, source=source, published_at=at, language="nl" if id_ == "b3" else "en")
            for id_, text, source, at in (
                ("b1", BRIDGE, "Daily", "2023-05-10T09:00:00Z"),
                ("b2", f"{BRIDGE} Nobody was hurt.", "Weekly", "2023-05-10T12:00:00Z"),
                ("b3", f"{BRIDGE} The mayor Adam Fox came.", "Gazette", "2023-05-11"),
                ("r1", ROBBERY, "Weekly", "2023-05-17T09:00:00Z"),
                ("r2", f"{ROBBERY} Police search.", "Daily", None),
            )
        )
    )
    with engine.open(tmp_path / "base") as base:
        base.ingest([feed])
        base.rebuild(spec=HASHING)
        base.cluster()
        yield base


def test_the_figures_are_those_of_the_stories(told):
    found = told.coverage()
    assert found.generation == told.generations()[-1].name
    assert (found.n_stories, found.n_articles, found.n_undated, found.n_by_day) == (2, 5, 1, 1)
    assert (found.n_raced, found.n_decided) == (1, 1)
    rows = {row.name: (row.n_first, row.n_decided) for row in found.firsts}
    assert rows == {"Daily": (1, 1), "Weekly": (0, 1), "Gazette": (0, 1)}
    (dutch,) = [row for row in found.language_lags if row.name == "nl"]
    assert (dutch.n_behind, dutch.n_by_day, dutch.median) == (1, 1, 24.0)
    assert [(row.language, row.headline) for row in found.missed if row.language == "nl"] == [
        ("nl", told.stories(engine.StoryFilter(words="robbers"))[0].headline)
    ]
    assert [f"{row.start:%m-%d} {row.n_stories}" for row in found.periods] == ["05-08 1", "05-15 1"]


def test_a_span_takes_stories_by_their_first_report(told):
    middle = datetime(2023, 5, 11, tzinfo=UTC)
    early, late = (told.coverage(engine.Span(*span)) for span in ((None, middle), (middle, None)))
    assert (early.n_stories, early.n_articles) == (1, 3)
    assert (late.n_stories, late.n_articles) == (1, 2)
    days = told.coverage(engine.Span(by="day")).periods
    assert [f"{row.start:%m-%d}" for row in days] == ["05-10", "05-17"]
    with pytest.raises(InputError, match="expected a period among week, day"):
        engine.Span(by="year")


def test_owners_hold_at_once(told):
    assert told.coverage().periods[0].owners.n_holders == 3
    told.keep_owners("Lake Group\tDaily\nLake Group\tWeekly\nLake Group\tGazette")
    found = told.coverage()
    assert found.n_raced == 0
    assert found.periods[0].owners.largest == "Lake Group"


def test_an_empty_base_says_so(tmp_path):
    with engine.open(tmp_path / "none") as base, pytest.raises(NotFoundError):
        base.coverage()


def test_the_report_says_it_unless_it_is_not_to(told):
    said = markdown(told.briefing())
    assert "## Who led and who lagged in the last weeks" in said
    assert "nl 24 hours (in 1 of 1)" in said.replace("\\", "")
    assert "lagged" not in markdown(told.briefing(sections=BARE))
