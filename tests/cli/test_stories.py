"""What people see of stories on the command line."""

import json
import re
import shutil

import pytest

import engine
from engine.domain import EncoderSpec
from tests.cli.cases import invoke as invoked

FLOOD = "The river flooded the lower town of Ostmark on Friday and cut off the hospital."
FEED = [
    {"id": "f1", "text": FLOOD, "published_at": "2023-05-11T06:00:00", "source": "Daily"},
    {
        "id": "f2",
        "title": "Overstroming in Ostmark",
        "text": FLOOD + " Boats came from Ostmark.",
        "language": "nl",
        "published_at": "2023-05-10T06:00:00",
        "source": "Dagblad",
    },
    {"id": "f3", "text": FLOOD + " Nobody was hurt in Ostmark.", "source": "Weekly"},
    {
        "id": "x1",
        "text": "The finance ministry in Lund presented next year's budget.",
        "published_at": "2023-05-12",
        "source": "Daily",
    },
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a base that is made once and copied for each test."""
    folder = tmp_path_factory.mktemp("stories")
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(json.dumps({"language": "en"} | line) for line in FEED))
    with engine.open(folder / "base") as base:
        base.ingest([feed])
        base.rebuild(spec=EncoderSpec("hashing"))
        base.cluster()
    return folder / "base"


@pytest.fixture
def invoke(tmp_path, monkeypatch, capsys, made):
    shutil.copytree(made, tmp_path / "base")
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))

    def call(*arguments):
        return invoked(capsys, *arguments)

    return call


@pytest.fixture
def story(invoke):
    (found,) = map(json.loads, invoke("stories", "list", "--json")[1].splitlines())
    return found


def test_a_list_for_machines_counts_days_and_tells_names(story):
    assert story["days"] == {"2023-05-10": 1, "2023-05-11": 1}
    assert "Ostmark" in story["names"]


def test_a_story_is_told_in_order_of_time_with_undated_articles_last(invoke, story):
    _, out, _ = invoke("stories", "show", story["id"])
    places = [out.index(f" {id_} ") for id_ in ("f2", "f1", "f3")]
    assert places == sorted(places)
    assert "2023-05-10 06:00" in out
    assert "undated" in out
    assert "days: 2023-05-10 1, 2023-05-11 1" in out
    assert re.search("names: .*Ostmark", out)
    assert out.count("*") == 1
    _, out, _ = invoke("stories", "show", story["id"], "--json")
    shown = json.loads(out)
    assert shown["timeline"] == ["f2", "f1", "f3"]
    assert shown["days"] == story["days"]


def test_a_story_is_shown_with_a_headline_in_a_chosen_language(invoke, story):
    _, out, _ = invoke("stories", "show", story["id"], "--headlines", "nl")
    assert out.startswith("Overstroming in Ostmark\n")


def test_any_pair_is_explained_in_words(invoke, story):
    code, out, _ = invoke("stories", "why", "f1", "f2")
    assert code == 0
    assert re.match(r"in one story: \d+% one event by themselves, 39% would hold", out)
    assert f"f1, en, Daily, 2023-05-11 06:00, {story['id']}" in out
    assert "24 hours apart" in out
    assert re.search("shared names: .*Ostmark", out)
    _, out, _ = invoke("stories", "why", "f1", "x1")
    assert out.startswith("apart: ")
    assert "x1, en, Daily, 2023-05-12 00:00, in no story" in out
    assert "names only in x1: Lund" in out
    assert "separates: " in out


def test_a_pair_is_explained_to_machines(invoke, story):
    _, out, _ = invoke("stories", "why", "f1", "x1", "--json")
    found = json.loads(out)
    assert found["articles"] == ["f1", "x1"]
    assert found["stories"] == [story["id"], None]
    assert found["copies"] is False
    assert found["explanation"]["probability"] < 0.5


def test_versions_of_one_text_are_said_to_be_that(invoke, tmp_path):
    feed = tmp_path / "copy.jsonl"
    feed.write_text(json.dumps(FEED[0] | {"id": "f9", "source": "Copyist"}))
    for command in (["ingest", feed], ["rebuild"], ["cluster"]):
        assert invoke(*command)[0] == 0
    _, out, _ = invoke("stories", "why", "f1", "f9")
    assert "versions of one text" in out


@pytest.mark.parametrize(
    ("pair", "message"),
    [(("f1", "f1"), "two articles"), (("f1", "nope"), "no article with id 'nope'")],
)
def test_what_is_no_pair_is_refused(invoke, pair, message):
    code, out, err = invoke("stories", "why", *pair)
    assert (code, out) == (1, "")
    assert message in err


def test_coarser_stories_need_less_to_be_held_together(invoke, story):
    def needed():
        return json.loads(invoke("stories", "why", "f2", "f1", "--json")[1])["needed"]

    usual = needed()
    assert usual < 0.5
    for granularity, less in (("coarser", True), ("finer", False), ("default", None)):
        assert invoke("cluster", "--granularity", granularity)[0] == 0
        assert (needed() == usual) if less is None else ((needed() < usual) == less)


def test_a_summary_quotes_the_articles_in_the_language_asked_for(invoke, story):
    found = json.loads(invoke("stories", "summary", story["id"], "--lang", "nl", "--json")[1])
    assert (found["story"], found["language"]) == (story["id"], "nl")
    assert {quoted["article"] for quoted in found["sentences"]} == {"f2"}
    texts = {line["id"]: line["text"] for line in FEED}
    for quoted in found["sentences"]:
        assert quoted["text"] in texts[quoted["article"]]
    code, out, _ = invoke("stories", "summary", story["id"], "--sentences", "1")
    assert (code, len(out.splitlines())) == (0, 2)


def test_a_summary_falls_back_to_a_language_that_is_there(invoke, story):
    found = json.loads(invoke("stories", "summary", story["id"], "--lang", "fr", "--json")[1])
    assert found["language"] in story["languages"]
    assert invoke("stories", "summary", story["id"], "--lang", "klingonish")[0] == 1
