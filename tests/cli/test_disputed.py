"""What outlets state differently is told by the command, the report, the API and the page."""

import json
from functools import partial

import pytest

import engine
from engine.domain import EncoderSpec
from tests.cli import cases
from tests.jobs.cases import line
from tests.serve.cases import serving

FIRE = "A fire in the old harbour of Oldtown destroyed three warehouses on Wednesday night."
TOLD = (
    line("d1", f"{FIRE} Eleven people were killed.", source="Daily"),
    line(
        "d2", f"{FIRE} Nine people were killed.", source="Weekly", published_at="2023-05-10T18:00Z"
    ),
    line("d3", f"{FIRE} 23 people were injured.", source="Daily"),
)


@pytest.fixture
def invoke(capsys):
    return partial(cases.invoke, capsys)


@pytest.fixture
def disputed(tmp_path, monkeypatch):
    """Return the folder of a base with one story of which two outlets count other dead."""
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(TOLD))
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    with engine.open(tmp_path / "base") as base:
        base.ingest([feed])
        base.rebuild(spec=EncoderSpec("hashing"))
        base.cluster()
        assert len(base.stories()) == 1
    return tmp_path


def test_the_command_tells_who_says_what_since_when(disputed, invoke):
    code, out, _ = invoke("stories", "disputed")
    assert code == 0
    assert "Outlets disagree, dead: 11 or 9" in out
    assert "9: Weekly, since 2023-05-10 18:00 (d2)" in out
    assert "Nine people were killed." in out


def test_json_has_every_statement(disputed, invoke):
    (found,) = (json.loads(row) for row in invoke("stories", "disputed", "--json")[1].splitlines())
    (difference,) = found["differences"]
    assert (difference["role"], difference["kind"]) == ("dead", "disagreement")
    assert [one["statements"][0]["article"] for one in difference["versions"]] == ["d1", "d2"]
    assert json.loads(invoke("stories", "disputed", found["story"], "--json")[1]) == found
    assert invoke("stories", "disputed", "s-nope")[0] == 1


def test_python_gives_frozen_values(disputed):
    with engine.open(disputed / "base") as base:
        (difference,) = base.disagreements(base.stories()[0])
    assert isinstance(difference, engine.Difference)
    assert difference.to_dict()["versions"][0]["quantity"]["value"] == 11


def test_the_report_says_it_unless_it_is_turned_off(disputed, invoke):
    folder = disputed / "reports"
    assert invoke("report", "--to", folder)[0] == 0
    (report,) = folder.glob("*.md")
    assert "Outlets disagree, dead: 11 or 9" in report.read_text()
    assert invoke("report", "--no-differences", "--to", folder)[0] == 0
    assert "disagree" not in report.read_text()


def test_the_page_the_api_and_the_exported_story_say_it(disputed, invoke):
    with engine.open(disputed / "base") as base:
        story = base.stories()[0].id
    with serving(disputed) as client:
        (found,) = client.get(f"/v1/stories/{story}/disagreements").json()
        assert [one["quantity"]["value"] for one in found["versions"]] == [11, 9]
        page = client.get(f"/stories/{story}", headers={"Accept-Language": "nl"}).text
    assert "media spreken elkaar tegen" in page
    assert 'href="/articles/d2"' in page
    assert invoke("stories", "export", story, disputed / "story.html")[0] == 0
    assert "Outlets disagree, dead: 11 or 9" in (disputed / "story.html").read_text()


def test_where_nothing_differs_it_says_so(built, invoke, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(built / "base"))
    assert invoke("stories", "disputed")[1] == "nothing differs\n"
