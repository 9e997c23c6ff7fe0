"""What a person says of languages, outlets, times and texts is understood or refused."""

import json
from datetime import UTC, datetime

import pytest
import typer

import engine
from engine.cli.options import moment
from engine.domain import EncoderSpec
from tests.cli.cases import FLOOD, call, invoke, line

DUTCH = line("nl1", "De rivier overstroomde.", language="nl", source="De Dagpost")


@pytest.fixture
def both(folder):
    with (folder / "feed.jsonl").open("a") as feed:
        feed.write(f"\n{DUTCH}")
    with engine.open(folder / "base") as base:
        base.ingest([folder / "feed.jsonl"])
        base.rebuild(spec=EncoderSpec("hashing"))
    return folder


def found(capsys, *options):
    code, out, err = invoke(capsys, "similar", "De rivier", "--json", "--no-fold", *options)
    assert code == 0, err
    return [json.loads(text)["id"] for text in out.splitlines()]


@pytest.mark.parametrize("said", ["nl", "nld", "NL", "Dutch", "dutch", "nl_BE"])
def test_a_language_has_many_names(both, capsys, said):
    assert found(capsys, "--lang", said) == ["nl1"]


def test_a_language_of_no_article_finds_nothing_and_no_language_lists_those_there_are(both, capsys):
    assert found(capsys, "--lang", "Finnish") == []
    code, out, err = invoke(capsys, "similar", "De rivier", "--lang", "klingonish")
    assert (code, out) == (1, "")
    assert "'klingonish'" in err
    assert "en, nl" in err


@pytest.mark.parametrize("said", ["De Dagpost", "DE DAGPOST", "de dagpost"])
def test_an_outlet_is_found_in_any_case(both, capsys, said):
    assert found(capsys, "--source", said) == ["nl1"]


def test_outlets_are_listed_and_an_unknown_one_says_where(both, capsys):
    code, out, _ = invoke(capsys, "sources", "--json")
    listed = {row["source"]: row["n_articles"] for row in map(json.loads, out.splitlines())}
    assert listed == {"": 2, "Daily": 1, "De Dagpost": 1}
    assert "De Dagpost" in invoke(capsys, "sources")[1]
    code, _, err = invoke(capsys, "similar", "De rivier", "--source", "Dagpost")
    assert code == 1
    assert "'engine sources'" in err


def test_an_outlet_is_forgotten_in_any_case(both, capsys):
    code, out, _ = invoke(capsys, "forget", "--source", "de dagPOST")
    assert (code, json.loads(out)["n_articles"]) == (0, 1)


def test_a_month_and_a_year_begin():
    assert moment("2021-09", "--since") == datetime(2021, 9, 1, tzinfo=UTC)
    assert moment("2021", "--since") == datetime(2021, 1, 1, tzinfo=UTC)
    for bad in ("2021-13", "0000", "21", "202109"):
        with pytest.raises(typer.BadParameter, match="2023-05"):
            moment(bad, "--since")


@pytest.mark.parametrize("arguments", [["-"], ["--file", "-"]])
def test_a_query_can_come_from_standard_input(built, arguments):
    done = call("similar", *arguments, "--json", "-k", "1", input=f"{FLOOD}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] in {"f1", "f2"}


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_query_is_wrong_usage(built, capsys, text):
    code, out, err = invoke(capsys, "similar", text)
    assert (code, out) == (2, "")
    assert "nothing to search for" in err
    assert call("similar", "-", input=text).returncode == 2


def test_no_stories_is_not_the_same_as_not_clustered(both, capsys):
    assert invoke(capsys, "stories", "list") == (
        0,
        "nothing was clustered yet; run 'engine cluster'\n",
        "",
    )
    assert "'engine cluster'" in invoke(capsys, "stories", "list", "--json")[2]
    invoke(capsys, "cluster")
    assert invoke(capsys, "stories", "list", "--lang", "Dutch") == (0, "no such stories\n", "")
    assert invoke(capsys, "stories", "list", "--lang", "English")[1].count("s-") == 1
    assert invoke(capsys, "stories", "list", "--lang", "klingonish")[0] == 1
