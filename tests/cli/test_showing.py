"""One article is shown to people and to machines."""

import json

from tests.cli.cases import FLOOD, invoke, line


def test_an_article_is_shown(built, capsys):
    (built / "later.jsonl").write_text(line("f1", FLOOD, title="Ostmark cut off", source="Daily"))
    invoke(capsys, "ingest", built / "later.jsonl")
    code, out, err = invoke(capsys, "show", "f1")
    assert (code, err) == (0, "")
    assert out.startswith("Ostmark cut off\n  Daily, en, ")
    assert f": {FLOOD[:30]}" in out
    assert FLOOD in out
    assert "in s-" in out
    assert "f2" in out
    code, out, _ = invoke(capsys, "show", "f1", "--json")
    shown = json.loads(out)
    assert shown["neighbours"][0]["story"] == shown["story"]["id"]
    assert shown["revisions"][0]["title"] == FLOOD[:30]


def test_an_article_that_is_not_there_is_an_error(built, capsys):
    code, out, err = invoke(capsys, "show", "f9")
    assert (code, out) == (1, "")
    assert "'f9'" in err
