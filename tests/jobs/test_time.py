"""Windows, late and edited articles, odd dates, and what has settled."""

import datetime as dt

import numpy as np
import pytest

from engine.domain import Clustering
from engine.errors import NotFoundError
from engine.jobs.base.scope import CONTEXT, Ground, gather
from tests.jobs.night_cases import (
    BRIDGE,
    ROBBERY,
    WEEK,
    hashing_base,
    ids_of,
    line,
    night,
    plain,
    two_stories,
    write,
)


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


def test_a_story_that_left_the_window_is_frozen_and_ends(base, tmp_path):
    story = ids_of(base)["b1"]
    shown = base.story(story)
    report = night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    assert report.facts.events == {"ended": 2}
    assert base.story(story) == shown


def test_an_ended_story_is_reopened_within_its_time(base, tmp_path):
    story = ids_of(base)["b1"]
    days = dt.timedelta(days=3)
    ended = night(base, tmp_path, line("x", "A festival with music.", 5), window=days)
    assert ended.facts.events == {"ended": 2}
    late = line("b9", f"{BRIDGE}. Nobody was hurt.", 5.5, source="Weekly")
    report = night(base, tmp_path, late, name="late.jsonl", window=days)
    assert report.facts.events == {"reopened": 1}
    assert ids_of(base)["b9"] == story
    assert len(base.story(story).article_ids) == 3


def test_an_ended_story_is_not_reopened_after_its_time(base, tmp_path):
    night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    night(base, tmp_path, line("b9", f"{BRIDGE}. It is up again.", 40), name="late.jsonl")
    assert "b9" not in ids_of(base)


def test_a_late_article_finds_its_story(base, tmp_path):
    story = ids_of(base)["b1"]
    night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    night(base, tmp_path, line("late", f"{BRIDGE}. A witness speaks.", 1.5), name="late.jsonl")
    assert ids_of(base)["late"] == story


def test_an_edited_article_is_the_same_article_with_its_headlines(base, tmp_path):
    story = ids_of(base)["b1"]
    edited = line("b1", f"{BRIDGE}. Two were hurt.", 1, title="Corrected: bridge down")
    report = night(base, tmp_path, edited)
    assert report.ingested.updated == 1
    assert len(base.story(story).article_ids) == 2
    assert "Corrected: bridge down" in [a.title for a in base.articles(["b1"]).values()]
    assert [title for _, title in base.history(story).headlines["b1"]] == [BRIDGE[:40].strip()]


def test_an_edit_that_makes_it_another_event_moves_the_article(base, tmp_path):
    before = ids_of(base)
    report = night(base, tmp_path, line("b1", f"{ROBBERY}. All robbers fled.", 1))
    assert ids_of(base)["b1"] == before["r1"]
    # The story has one article left, so it is not shown any more.
    assert report.facts.events == {"ended": 1, "grew": 1}
    with pytest.raises(NotFoundError):
        base.story(before["b1"])
    night(base, tmp_path, line("b7", f"{BRIDGE}. Repairs begin.", 2), name="again.jsonl")
    assert ids_of(base)["b7"] == before["b1"]


@pytest.mark.parametrize(
    "published",
    [
        pytest.param("1970-01-02T00:00:00Z", id="1970"),
        pytest.param(None, id="undated"),
        pytest.param((dt.datetime.now(dt.UTC) + dt.timedelta(hours=10)).isoformat(), id="future"),
    ],
)
def test_odd_dates_neither_move_the_window_nor_lose_the_article(base, tmp_path, published):
    before = ids_of(base)
    odd = line("odd", f"{BRIDGE}. Odd clock.", None, published_at=published)
    fine = line("r3", f"{ROBBERY}. A coin was found.", 2)
    report = night(base, tmp_path, odd, fine)
    assert report.facts.events.get("ended", 0) == 0
    assert ids_of(base)["r3"] == before["r1"]
    assert "odd" in base.articles(["odd"])


def test_a_clock_set_back_changes_nothing(base, tmp_path):
    before, past = ids_of(base), dt.datetime(2023, 5, 3, tzinfo=dt.UTC)
    with plain(base, clock=lambda: past) as late:
        night(late, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
        assert ids_of(late)["b3"] == before["b1"]
        assert late.articles(["b3"])["b3"].fetched == past
        last, _ = late.history(before["b1"]).events[-1]
    assert (last.run, last.at) == (2, past)


def test_what_has_settled_is_not_torn(base, tmp_path):
    """The clusterer changes its mind; a story that stood for two nights does not."""
    before = ids_of(base)
    night(base, tmp_path, line("x", "A festival with music and cake.", 2))

    def tear(window, _judged, *, granularity, progress):
        alone = np.full(len(window), -1, np.int64)
        return Clustering(alone, np.ones(len(window), np.float32))

    with plain(base, clusterer=tear) as torn:
        report = night(torn, tmp_path, line("y", "A ferry ran aground.", 2.5), name="y.jsonl")
        assert ids_of(torn) == before
        assert report.facts.n_regrouped == 4
        # Asked for everything anew, it is all as the clusterer says.
        torn.cluster()
        assert ids_of(torn) == {}


def test_a_small_window_is_clustered_among_older_articles(base, tmp_path):
    facts = night(base, tmp_path, line("x", "A festival with music and cake.", 20)).facts
    assert (facts.n_recent, facts.n_window) == (1, 6)


def test_of_many_older_articles_the_latest_are_taken(tmp_path):
    lines = [line(f"o{n}", f"Note {n} of the archive.", n / 1000) for n in range(CONTEXT + 50)]
    lines += [line(f"n{n}", f"A festival, day {n}.", 60 + n) for n in range(3)]
    with hashing_base(tmp_path / "base") as base:
        base.ingest(write(tmp_path / "many.jsonl", *lines))
        base.rebuild()
        reader = base.reader
        ground = Ground(reader.corpus, reader.generation.as_content(), base.setup)
        scope = gather(ground, WEEK)
    assert (len(scope.keys), int(scope.recent.sum())) == (CONTEXT, 3)
    assert scope.recent_ids() == {"n0", "n1", "n2"}
    old = {article.id for article in scope.articles} - scope.recent_ids()
    assert old == {f"o{n}" for n in range(53, CONTEXT + 50)}


def test_a_folder_that_holds_an_article_and_its_edit_can_be_read_every_night(base, tmp_path):
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "1.jsonl").write_text(line("b1", f"{BRIDGE}.", 1))
    (feeds / "2.jsonl").write_text(line("b1", f"{BRIDGE}.", 1, title="Corrected: bridge down"))
    assert base.nightly([feeds], window=WEEK).ingested.updated == 1
    again = base.nightly([feeds], window=WEEK)
    assert (again.outcome, again.ingested.unchanged) == ("unchanged", 2)
    (article,) = base.articles(["b1"]).values()
    assert article.title == "Corrected: bridge down"


def test_an_edit_of_the_text_alone_is_no_other_headline(base, tmp_path):
    story = ids_of(base)["b1"]
    first = BRIDGE[:40]
    for place, title in enumerate([first, "Second", "Second", "Third"]):
        edit = line("b1", f"{BRIDGE}. Version {place}.", 1, title=title)
        night(base, tmp_path, edit)
    said = [title for _, title in base.history(story).headlines["b1"]]
    assert said == [first.strip(), "Second"]
