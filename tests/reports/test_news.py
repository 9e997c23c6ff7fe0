"""Programs are told which stories are new, growing, merged and split, with their articles."""

from engine.recorded import EventKind
from engine.reports.news import news_of
from tests.jobs.night_cases import BRIDGE, ids_of, line, night, two_stories


def test_new_and_growing_stories_have_their_articles(tmp_path):
    with two_stories(tmp_path) as base:
        grown = line("b3", f"{BRIDGE}. The mayor came.", 2, url="https://daily.example/b3")
        fresh = [line(f"f{n}", f"Ferry aground near the lighthouse at dawn {n}.", 2) for n in "12"]
        news = base.news(night(base, tmp_path, grown, *fresh))
        told = {change.event.story: change for change in news.stories}
        ids = ids_of(base)
        assert told[ids["b1"]].event.kind == "grew"
        (joined,) = told[ids["b1"]].joined
        assert (joined.id, joined.url, joined.source) == ("b3", "https://daily.example/b3", "Daily")
        assert joined.headline
        assert told[ids["f1"]].event.kind == "born"
        assert {article.id for article in told[ids["f1"]].joined} == {"f1", "f2"}
        assert told[ids["b1"]].to_dict()["story"]["headline"] == base.story(ids["b1"]).headline
        assert base.news(base.nightly()).stories == ()


def test_a_merger_tells_where_the_story_went(tmp_path):
    with two_stories(tmp_path) as base:
        ids = ids_of(base)
        done = base.merge([ids["b1"], ids["r1"]])
        told = {change.event.kind: change for change in news_of(base.reader, done.run).stories}
        merged = told[EventKind.MERGED].story
        assert merged is not None
        assert merged.id == done.story
        split = base.split(done.story, ["r1", "r2"])
        told = {change.event.kind: change for change in news_of(base.reader, split.run).stories}
        assert {article.id for article in told[EventKind.SPLIT].joined} == {"r1", "r2"}
