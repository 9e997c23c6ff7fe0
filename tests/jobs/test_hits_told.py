"""A hit tells what it is called, how it begins, its story, and how it was looked for."""

import json

import pytest

import engine
from engine.errors import NotFoundError
from engine.index.faiss_build import LEAST_ROWS
from engine.store import ArticleFilter
from engine.words.headlines import SNIPPET_CHARACTERS, snippet
from tests.jobs.cases import BRIDGE, HASHING, line


def told(base, text, **wanted):
    return {hit.article.id: hit.to_dict() for hit in base.similar(text, fold=False, **wanted)}


def test_a_hit_has_its_story_a_headline_and_a_snippet(base, tmp_path):
    more = tmp_path / "more.jsonl"
    more.write_text(line("untitled", BRIDGE + " Engineers had warned of it.", title=""))
    base.ingest(more)
    base.rebuild()
    assert {hit["story"] for hit in told(base, BRIDGE).values()} == {None}
    base.cluster()
    hits = told(base, BRIDGE)
    assert hits["untitled"]["headline"] == BRIDGE
    assert hits["untitled"]["snippet"].startswith("The old stone bridge")
    of = {id_: story.id for story in base.stories() for id_ in story.article_ids}
    assert {id_: hit["story"] for id_, hit in hits.items()} == {id_: of.get(id_) for id_ in hits}
    assert len(set(of.values())) == 2


def test_a_held_generation_tells_its_own_stories(base):
    base.cluster()
    held = told(base, BRIDGE)
    with engine.open(base.layout.root) as other:
        bridge = next(story for story in other.stories() if "b1" in story.article_ids)
        other.split(bridge.id, ["b1"])
    assert told(base, BRIDGE) == held
    base.refresh()
    assert held["b1"]["story"] == bridge.id
    assert told(base, BRIDGE)["b1"]["story"] is None


def test_a_snippet_is_the_start_of_the_text_after_its_title():
    assert snippet("Storm", "Storm\nTrees fell\non the road.") == "Trees fell on the road."
    assert snippet("Storm", "") == "Storm"
    assert len(snippet("", "word " * 200)) <= SNIPPET_CHARACTERS


def test_a_hit_tells_whether_the_search_was_exact(tmp_path):
    feed = tmp_path / "many.jsonl"
    ids = [f"a{number}" for number in range(LEAST_ROWS)]
    feed.write_text(
        "\n".join(line(id_, f"Ship {id_} of port {id_[-2:]} sailed", source=id_[-1]) for id_ in ids)
    )
    with engine.open(tmp_path / "many", index_kind="ivf-flat") as base:
        base.ingest(feed)
        base.rebuild(spec=HASHING)
        some = ArticleFilter(sources=("7",))
        assert not any(hit["exact"] for hit in told(base, "Ship a7 sailed").values())
        assert all(hit["exact"] for hit in told(base, "Ship a7 sailed", which=some).values())


def test_an_article_is_shown_with_its_story_neighbours_and_revisions(base, tmp_path):
    base.cluster()
    later = tmp_path / "later.jsonl"
    later.write_text(line("b1", BRIDGE, title="Bridge gone"))
    base.ingest(later)
    shown = base.show("b1")
    assert shown.article.title == "Bridge gone"
    assert "b2" in base.story(shown.story.id).article_ids
    assert {"b2", "b3"} <= {hit.article.id for hit in shown.neighbours}
    assert [title for _, title in shown.revisions] == [BRIDGE]
    values = json.loads(json.dumps(shown.to_dict()))
    assert values["headline"] == "Bridge gone"
    assert values["text"] == BRIDGE
    assert values["story"]["id"] == shown.story.id
    with pytest.raises(NotFoundError, match="no-such"):
        base.show("no-such")


def test_a_lead_before_a_paywall_says_that_it_is_one(base, tmp_path):
    new = tmp_path / "new.jsonl"
    new.write_text(line("lead", f"{BRIDGE} Ferries sail.\nSubscribe to continue reading"))
    base.ingest(new)
    shown = base.show("lead")
    assert (shown.article.body, shown.is_stub) == (f"{BRIDGE} Ferries sail.", True)
    assert shown.to_dict()["is_stub"]
    assert not base.show("b1").is_stub


def test_an_article_that_is_not_indexed_yet_is_shown_without_neighbours(base, tmp_path):
    new = tmp_path / "new.jsonl"
    new.write_text(line("new", BRIDGE))
    base.ingest(new)
    shown = base.show("new")
    assert (shown.story, shown.neighbours, shown.revisions) == (None, (), ())
