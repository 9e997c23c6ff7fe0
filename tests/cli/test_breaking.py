"""What is breaking, from the command line and in the report of the night that tells it."""

import json

import pytest

from tests.cli.cases import invoke
from tests.jobs.breaking_cases import after_a_burst, burst, usual
from tests.jobs.night_cases import after_a_night, write


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    return tmp_path


def test_it_is_printed_with_its_chance(folder, capsys):
    base, report = after_a_burst(folder)
    base.close()
    _, out, _ = invoke(capsys, "breaking")
    assert "4 new independent voices within 4 articles in en" in out
    assert "2.4% of 41 stories ever grew as fast" in out
    _, out, _ = invoke(capsys, "breaking", "--json", "--run", report.run)
    (said,) = [json.loads(line) for line in out.splitlines()]
    assert (said["run"], said["alert"]["kind"]) == (report.run, "began")
    assert invoke(capsys, "breaking", "--since", "2999-01-01") == (0, "", "nothing is breaking\n")
    code, _, err = invoke(capsys, "breaking", "--since", "whenever")
    assert (code, "whenever" in err) == (2, True)


def test_the_report_of_its_night_begins_with_it(folder, capsys):
    base, report = after_a_burst(folder)
    base.close()
    _, out, _ = invoke(capsys, "report")
    assert out.index("## Breaking") < out.index("## 1.")
    assert "Breaking" not in invoke(capsys, "report", report.run - 1)[1]


def test_a_night_looks_for_it_unless_told_not_to(folder, capsys):
    after_a_night(folder, *usual()).close()
    feed, metrics = write(folder / "feed.jsonl", *burst()), folder / "night.prom"
    _, out, _ = invoke(capsys, "nightly", feed, "--no-breaking", "--dry-run", "--json")
    assert "alerts" not in json.loads(out)["facts"]
    _, out, _ = invoke(capsys, "nightly", feed, "--json", "--metrics", metrics)
    night = json.loads(out)
    n_alerts = len(night["facts"]["alerts"])
    assert f"engine_nightly_alerts {n_alerts}" in metrics.read_text()
    assert night["seconds"]["breaking"] >= 0
