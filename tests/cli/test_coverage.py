"""`engine coverage` prints tables, JSON, and writes a folder."""

import json

from engine.coverage.figures import TABLES
from tests.cli.cases import invoke


def test_people_are_told_in_tables(built, capsys):
    done, out, err = invoke(capsys, "coverage")
    assert (done, err) == (0, "")
    assert "1 stories of 2 articles; 0 articles have no date, 1 a day without hours." in out
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
    assert (done, out.splitlines()[0][:9]) == (0, "0 stories")
