"""`engine matters`, and what turns it and summaries off."""

import json

import pytest

from tests.cli.cases import FLOOD, invoke, line


@pytest.fixture
def feeds(folder, capsys):
    """Do two nights, of a flood and of what came of it."""
    invoke(capsys, "ingest", folder / "feed.jsonl")
    invoke(capsys, "rebuild", "--encoder", "hashing")
    again = FLOOD.replace("cut off", "reopened").replace("Friday", "Tuesday")
    later = folder / "later.jsonl"
    later.write_text(
        "\n".join(
            line(id_, text, published_at="2023-06-30", source=id_)
            for id_, text in (("g1", again), ("g2", f"{again} People came home."))
        )
    )
    return folder / "feed.jsonl", later


def test_matters_are_listed_and_shown(feeds, capsys):
    for feed in feeds:
        invoke(capsys, "nightly", feed)
    code, out, _ = invoke(capsys, "matters", "list", "--json")
    assert code == 0
    (matter,) = map(json.loads, out.splitlines())
    assert len(matter["stories"]) == 2
    _, out, _ = invoke(capsys, "matters", "list")
    assert matter["id"] in out
    assert invoke(capsys, "matters", "list", "--stages", "3", "--json")[1] == ""
    _, out, _ = invoke(capsys, "matters", "show", matter["id"], "--json")
    shown = json.loads(out)
    assert [stage["story"]["id"] for stage in shown["stages"]] == matter["stories"]
    assert shown["stages"][0]["sentence"]["text"]
    _, out, _ = invoke(capsys, "matters", "show", matter["id"])
    assert f"{matter['id']}: 2 stages" in out
    assert "1. 2023-" in out
    assert "belongs by cosine" in out
    _, without, _ = invoke(capsys, "matters", "show", matter["id"], "--no-sentences")
    assert "\u201c" in out
    assert "\u201c" not in without
    code, _, err = invoke(capsys, "matters", "show", "m-nothing")
    assert code == 1
    assert "there is no matter with id 'm-nothing'" in err


def test_matters_and_summaries_can_be_turned_off(feeds, capsys, tmp_path):
    invoke(capsys, "nightly", feeds[0], "--no-matters")
    invoke(capsys, "nightly", feeds[1], "--no-matters", "--report", tmp_path, "--no-summaries")
    assert invoke(capsys, "matters", "list", "--json")[1] == ""
    (page,) = tmp_path.glob("run-*.md")
    assert "\u201c" not in page.read_text(encoding="utf-8")
    assert "\u201c" in invoke(capsys, "report")[1]
    (story, *_) = map(json.loads, invoke(capsys, "stories", "list", "--json")[1].splitlines())
    for option, quoted in (("--summary", True), ("--no-summary", False)):
        invoke(capsys, "stories", "export", story["id"], tmp_path / "story.html", option)
        assert ("\u201c" in (tmp_path / "story.html").read_text(encoding="utf-8")) == quoted
