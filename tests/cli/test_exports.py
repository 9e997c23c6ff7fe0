"""Commands that write files for others."""

import json

from tests.cli.cases import invoke


def test_files_are_written_for_others(built, capsys):
    done, out, err = invoke(capsys, "table", "memberships", built / "m.csv", "--json")
    assert done == 0
    assert json.loads(out) == {"file": str(built / "m.csv"), "n_rows": 2}
    assert "2 rows" in err
    _, out, _ = invoke(capsys, "stories", "list", "--json")
    story = json.loads(out)["id"]
    for arguments, name in (
        (["graph"], "a.graphml"),
        (["map", "--since", "2023"], "map.html"),
        (["stories", "export", story], "s.html"),
        (["stories", "export", story], "s.bib"),
    ):
        done, out, err = invoke(capsys, *arguments, built / name)
        assert (done, out) == (0, "")
        assert (built / name).stat().st_size > 0
    assert "1 articles" not in (built / "map.html").read_text()
    assert "2 articles" in (built / "map.html").read_text()


def test_what_cannot_be_written_is_said(built, capsys):
    done, _, err = invoke(capsys, "table", "articles", built / "a.xls")
    assert done == 1
    assert ".csv" in err
    done, _, err = invoke(capsys, "table", "tags", built / "a.csv")
    assert done == 2
    done, _, err = invoke(capsys, "stories", "export", "s-none", built / "s.html")
    assert done == 1
    assert "no story with id" in err
    assert sorted(path.name for path in built.iterdir()) == ["base", "feed.jsonl"]
