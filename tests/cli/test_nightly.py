"""Nights, replays, corrections and forgetting from the command line."""

import json
import subprocess
import sys
import threading
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import engine
from engine.disk.lock import writing
from tests.cli.cases import invoke
from tests.jobs.night_cases import Stream, after_a_night, forty_events, line, shuffled, write

BRIDGE = "The old stone bridge over the river Elm collapsed on Monday after heavy rain"
ROBBERY = "Three masked robbers took gold coins from the museum of Oldtown at night"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    (tmp_path / "feed.jsonl").write_text(
        "\n".join(
            [
                line("b1", f"{BRIDGE}.", 1, source="Agency"),
                line("b2", f"{BRIDGE}.", 1.1, source="Copyist"),
                line("b3", f"{BRIDGE}, said <b>the mayor</b> & others. It will be closed.", 1.2,
                     source="Own", language="de"),
                line("r1", f"{ROBBERY}.", 1.3),
                line("r2", f"{ROBBERY}. Police search for them.", 1.4),
            ]
        )
    )  # fmt: skip
    return tmp_path


@pytest.fixture
def built(folder, capsys):
    code, _, err = invoke(capsys, "nightly", folder / "feed.jsonl", "--encoder", "hashing")
    assert code == 0, err
    return folder


def stories(capsys):
    out = invoke(capsys, "stories", "list", "--json")[1]
    return {id_: found["id"] for found in map(json.loads, out.splitlines())
            for id_ in found["article_ids"]}  # fmt: skip


def test_an_empty_list_says_that_it_is_empty(built, capsys):
    for command, said in (
        (("watches", "list"), "there are no watches; 'engine watches add' adds one"),
        (("matters", "list"), "no stories are stages of one matter"),
        (("stories", "corrections"), "no corrections are in force"),
    ):
        assert invoke(capsys, *command) == (0, f"{said}\n", "")
        assert invoke(capsys, *command, "--json") == (0, "", "")


def test_a_night_says_where_all_rejects_are(built, capsys):
    (built / "bad.jsonl").write_text("no json\n" * 30)
    code, _, err = invoke(capsys, "nightly", built / "bad.jsonl")
    assert code == 3
    *told, last = err.splitlines()
    assert len(told) < 30
    assert last == f"all 30 rejects are in {built / 'base' / 'rejects.jsonl'}"


def test_a_night_prints_a_summary_or_json(built, capsys):
    feed = built / "more.jsonl"
    feed.write_text(line("b4", f"{BRIDGE}. Repairs begin.", 2))
    code, out, err = invoke(capsys, "nightly", feed)
    assert (code, err) == (0, "")
    assert "published" in out
    assert "1 grew" in out
    feed.write_text(line("b5", f"{BRIDGE}. Repairs go on.", 2.2))
    report = json.loads(invoke(capsys, "nightly", feed, "--json")[1])
    assert report["outcome"] == "published"
    assert report["run"] == 3
    assert report["facts"]["events"] == {"grew": 1}
    assert invoke(capsys, "nightly")[1].startswith("run 3: unchanged")


def test_rejects_have_an_exit_code(built, capsys):
    code, _, err = invoke(capsys, "nightly", built / "nowhere.jsonl")
    assert code == 3
    assert "nowhere.jsonl" in err


def test_held_stories_have_an_exit_code(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    *first, new = forty_events()[:121]
    after_a_night(tmp_path, *first, clusterer=shuffled).close()
    feed = write(tmp_path / "more.jsonl", new)
    code, out, _ = invoke(capsys, "nightly", feed, "--report", tmp_path / "reports")
    assert code == 5
    assert "held: " in out
    assert "of the articles would change story" in out
    page = next((tmp_path / "reports").glob("*.md")).read_text()
    assert "Held back" in page


def test_a_locked_base_has_its_exit_code(built):
    with engine.open(built / "base") as base, writing(base.layout, command="a long night"):
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli", "nightly"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 4
    assert "a long night" in done.stderr


def test_a_dry_run_tells_and_keeps_nothing(built, capsys):
    before = stories(capsys)
    feed = built / "more.jsonl"
    feed.write_text(line("b4", f"{BRIDGE}. Repairs begin.", 2))
    files = sorted(path.name for path in (built / "base").rglob("*"))
    report = json.loads(invoke(capsys, "nightly", feed, "--dry-run", "--json")[1])
    assert (report["outcome"], report["facts"]["events"]) == ("published", {"grew": 1})
    assert stories(capsys) == before
    assert sorted(path.name for path in (built / "base").rglob("*")) == files
    with engine.open(built / "base") as base:
        assert base.articles(["b4"]) == {}


def test_a_dry_run_of_the_first_night(folder, capsys):
    code, out, _ = invoke(
        capsys, "nightly", folder / "feed.jsonl", "--dry-run", "--encoder", "hashing"
    )
    assert code == 0
    assert "born" in out
    assert invoke(capsys, "status")[0] == 1


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.problems = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)


def test_the_report_names_who_broke_and_who_copied(built, capsys):
    assert invoke(capsys, "nightly", "--report", built / "reports")[0] == 0
    markdown = (built / "reports" / "run-1.md").read_text()
    assert "First: Agency" in markdown
    assert "Copied from Agency: Copyist" in markdown
    assert "de after 4.8 h" in markdown
    assert "3 outlets, 2 independent" in markdown
    assert "▁" in markdown
    assert "<b>" not in markdown.replace("\\<b\\>", "")
    html = (built / "reports" / "run-1.html").read_text()
    page = Page(html)
    assert (page.problems, page.open) == ([], [])
    assert set(page.links) == {"data:,"}
    assert "<b>the mayor" not in html
    assert "First: Agency" in html


def test_metrics_are_in_the_format_of_prometheus(built, capsys):
    path = built / "metrics" / "engine.prom"
    assert invoke(capsys, "nightly", "--metrics", path)[0] == 0
    lines = path.read_text().splitlines()
    values = dict(text.rsplit(" ", 1) for text in lines if not text.startswith("#"))
    assert values['engine_nightly_outcome{outcome="unchanged"}'] == "1.0"
    assert float(values["engine_nightly_finished_timestamp_seconds"]) > 1_600_000_000
    assert values["engine_nightly_articles"] == "5"
    assert values['engine_nightly_stories{event="born"}'] == "0"
    named = {text.split("{")[0].split(" ")[0] for text in values}
    assert named == {text.split()[2] for text in lines if text.startswith("# TYPE")}
    assert [path.name for path in path.parent.iterdir()] == ["engine.prom"]


def test_the_outcome_can_be_posted(built, capsys):
    received = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_given):
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/hook"
        assert invoke(capsys, "nightly", "--webhook", address)[0] == 0
        thread.join()
    assert received[0]["outcome"] == "unchanged"
    # Nobody listens any more; the night is done all the same.
    code, _, err = invoke(capsys, "nightly", "--webhook", address)
    assert code == 0
    assert "webhook: 127.0.0.1 did not take the report" in err
    assert invoke(capsys, "nightly", "--webhook", "file:///etc/passwd")[0] == 1


def test_history_diff_and_corrections(built, capsys):
    ids = stories(capsys)
    assert invoke(capsys, "stories", "merge", ids["r1"], ids["b1"])[0] == 0
    found = json.loads(invoke(capsys, "stories", "history", ids["r1"], "--json")[1])
    assert found["survivor"] == ids["b1"]
    assert [event["kind"] for event in found["events"]] == ["born", "merged"]
    out = invoke(capsys, "stories", "history", ids["r1"])[1]
    assert f"merged into {ids['b1']}" in out
    found = json.loads(invoke(capsys, "stories", "diff", "1", "2", "--json")[1])
    assert {move["article"] for move in found["moves"]} == {"r1", "r2"}
    assert "2 changed or left it" in invoke(capsys, "stories", "diff", "1", "2")[1]
    code, _, err = invoke(capsys, "stories", "split", ids["b1"], "r1", "r2")
    assert code == 0
    assert "'engine stories undo 3' takes it back" in err
    new = stories(capsys)["r1"]
    assert invoke(capsys, "stories", "move", "b3", new)[0] == 0
    assert invoke(capsys, "stories", "pin", "b1")[0] == 0
    said = invoke(capsys, "stories", "corrections", "--json")[1].splitlines()
    assert [json.loads(text)["run"] for text in said] == [2, 3, 4, 5]
    assert json.loads(said[-1])["articles"] == ["b1"]
    code, _, err = invoke(capsys, "stories", "undo", "5")
    assert (code, "recorded as run 6" in err) == (0, True)
    assert "pinned" in invoke(capsys, "stories", "corrections")[1]
    assert invoke(capsys, "stories", "undo", "5")[0] == 1
    labels = [json.loads(text) for text in invoke(capsys, "stories", "labels")[1].splitlines()]
    assert all(found.keys() == {"a", "b", "same_event"} for found in labels)
    assert invoke(capsys, "stories", "history", "s-no")[0] == 1


def test_forget_prints_a_certificate(built, capsys):
    code, out, _ = invoke(capsys, "forget", "b3")
    assert code == 0
    assert json.loads(out)["n_articles"] == 1
    assert "b3" not in stories(capsys)
    assert invoke(capsys, "forget", "--source", "Nobody")[0] == 1
    assert invoke(capsys, "forget")[0] == 1
    assert (
        json.loads(invoke(capsys, "forget", "--before", "2023-05-02T08:00")[1])["n_articles"] == 3
    )


def test_a_replay_counts_what_changed(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    stream = Stream(tmp_path, seed=3)
    gold = tmp_path / "gold.jsonl"
    values = [json.loads(text) for lines in stream.lines.values() for text in lines]
    gold.write_text(
        "\n".join(
            json.dumps(one | {"cluster": f"event {stream.event_of[one['id']]}"}) for one in values
        )
    )
    code, out, _ = invoke(capsys, "replay", gold, "--encoder", "hashing", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["n_articles"] == len(stream.event_of)
    assert found["n_nights"] == len(found["nights"]) == len(stream.days)
    assert found["ids_lost"] == 0
    assert found["changed_story"] <= 0.1
    assert abs(found["bcubed_f1"] - found["bcubed_f1_from_scratch"]) < 0.05
    assert found["nights"][-1]["bcubed_f1"] == found["bcubed_f1"]
    code, out, _ = invoke(capsys, "replay", gold, "--encoder", "hashing", "--step", "2d")
    assert "ids lost: 0" in out
    # Only embeddings are left behind.
    assert [path.name for path in (tmp_path / "base" / "replays").iterdir()] == [
        "embeddings.sqlite"
    ]


def test_nothing_to_replay_is_an_error(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    assert invoke(capsys, "replay", tmp_path / "nowhere.jsonl")[0] == 1
