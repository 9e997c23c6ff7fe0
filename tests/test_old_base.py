"""A base that the engine of before `Reader` and `Writer` made still opens and says the same.

`data/base_0_1.tar.gz` holds two nights over articles of the shipped sample, a split, a merger, a
pin, a move and a forgotten article; `base_0_1.json` is what that engine's commands printed.
"""

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

import engine
from tests.cli.cases import invoke

DATA = Path(__file__).parent / "data"
SAID = json.loads((DATA / "base_0_1.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with tarfile.open(DATA / "base_0_1.tar.gz") as archive:
        archive.extractall(tmp_path / "base", filter="data")
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    return tmp_path / "base"


def printed(capsys, *arguments):
    code, out, _ = invoke(capsys, *arguments, "--json")
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


def same(said, before, learnt_anew=()):
    """Tell whether `said` is what was said `before`, but for names added or `learnt_anew` since."""
    told = [{name: one[name] for name in one if name not in learnt_anew} for one in before]
    return [{name: one[name] for name in old} for one, old in zip(said, told, strict=True)] == told


def same_hits(hits, before):
    return same(hits, before, learnt_anew=("probability",))


def test_commands_print_what_they_printed(folder, capsys):
    story = SAID["stories"][0]
    assert same(printed(capsys, "stories", "list"), SAID["stories"])
    assert same_hits(
        printed(capsys, "similar", "--id", story["article_ids"][0]), SAID["similar_id"]
    )
    assert same_hits(
        printed(capsys, "similar", "drone strike on a fuel depot"), SAID["similar_text"]
    )
    assert printed(capsys, "stories", "corrections") == SAID["corrections"]
    assert printed(capsys, "stories", "diff", "1", "2") == SAID["diff"]
    for story, history in zip(SAID["stories"], SAID["history"], strict=True):
        assert printed(capsys, "stories", "history", story["id"]) == [history]
    code, out, _ = invoke(capsys, "verify", "--json")
    (problem,) = json.loads(out)["problems"]  # the cleaner has learnt since
    assert (code, "engine rebuild" in problem) == (1, True)


def test_clustering_again_gives_the_same_stories(folder, capsys):
    with engine.open(folder) as base:
        before = base.stories()
        assert not any(story.origins for story in before)
        base.cluster()
        after = base.stories()
        assert [replace(story, origins=()) for story in after] == before
        assert all(len(story.origins) == len(story.article_ids) for story in after)
        assert base.rebuild().n_embedded == 0
        assert base.verify() == []
        assert base.nightly().outcome == "published"
        assert base.stories() == after
        assert base.nightly().outcome == "unchanged"
