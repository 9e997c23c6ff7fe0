"""`engine coverage` prints tables, JSON, and writes a folder."""

import json

from engine.coverage.figures import TABLES
from tests.cli.cases import invoke


def test_people_are_told_in_tables(built, capsys):
    done, out, err = invoke(capsys, "coverage")
    assert (done, err) == (0, "")
    assert "Stories: 1, with 2 articles, of which 0 have no date and 1 a day without hours." in out
    assert "Concentration by week" in out
    assert "2023-05-08" in out


def test_programs_get_the_same_and_files(built, capsys):
    arguments = ("coverage", "--json", "--since", "2023-05", "--by", "day", "--out", built / "out")
    done, out, err = invoke(capsys, *arguments)
    assert done == 0
    found = json.loads(out)
    assert found.keys() >= {"n_stories", *TABLES}
    assert found["periods"][0]["start"] == "2023-05-10T00:00:00+00:00"
    names = {path.name for path in (built / "out").iterdir()}
    assert {f"{table}{ending}" for table in TABLES for ending in (".parquet", ".csv")} < names
    assert f"{len(names)} files" in err


def test_a_time_that_is_none_is_wrong_usage(built, capsys):
    assert invoke(capsys, "coverage", "--since", "yesterday")[0] == 2
    done, out, _ = invoke(capsys, "coverage", "--until", "2020")
    assert (done, out.splitlines()[0][:10]) == (0, "Stories: 0")


def test_the_nightly_report_can_leave_it_out(built, capsys):
    arguments = ("nightly", built / "feed.jsonl", "--report", built / "reports", "--no-coverage")
    assert invoke(capsys, *arguments)[0] == 0
    (report,) = (built / "reports").glob("*.md")
    assert "lagged" not in report.read_text()


def test_a_period_that_is_none_is_told_in_a_plain_sentence(built, capsys):
    done, _, err = invoke(capsys, "coverage", "--by", "month")
    assert done == 2
    assert "Invalid value for '--by': 'month' is not one of 'week', 'day'." in err
