"""The command that scores the engine."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

import engine
from tests.cli.cases import FLOOD, invoke, line


def test_evaluate_prints_the_documented_object(folder, capsys):
    pytest.importorskip("torch")  # one of the peers needs it
    gold = folder / "gold.jsonl"
    texts = [FLOOD, FLOOD + " Boats came.", "A library opened.", "The library opened at last."]
    gold.write_text(
        "\n".join(line(f"x{n}", text, cluster=f"c{n // 2}") for n, text in enumerate(texts))
    )
    code, out, _ = invoke(capsys, "evaluate", gold, "--json", "--no-peers", "--encoder", "hashing")
    assert code == 0
    result = json.loads(out)
    assert result["n_articles"] == 4
    assert result["n_clusters"] == 2
    assert result["bcubed"].keys() == {"precision", "recall", "f1"}
    assert {"hit_at_1", "recall_at_10", "mrr"} <= result["retrieval"].keys()
    assert {"pairwise_f1", "languages", "cross_lingual", "seconds"} <= result.keys()
    assert "peers" not in result
    assert {"brier", "error", "curve", "operating"} <= result["calibration"].keys()
    assert result["hits"]["n_hits"] > 0
    assert {"n_articles", "brier", "error"} == result["memberships"].keys()
    assert {"retrieval", "cross_lingual"} == result["dense"].keys()
    assert 0 <= result["hits"]["brier"] < 0.25  # worse would be guessing
    turned = result["granularity"]
    assert (turned["used"], len(turned["settings"])) == (0, 13)
    used = next(each for each in turned["settings"] if each["granularity"] == 0)
    assert {name: used[name] for name in result["bcubed"]} == result["bcubed"]
    assert turned["best"]["f1"] == max(each["f1"] for each in turned["settings"])
    assert turned["best"] in turned["settings"]
    picture = folder / "curves.svg"
    code, out, _ = invoke(capsys, "evaluate", gold, "--encoder", "hashing", "--plot", picture)
    assert ET.parse(picture).getroot().tag.endswith("svg")
    assert "expected calibration error" in out
    assert re.search(r"pairs cut at +precision +recall", out)
    assert re.search(r"community_detection .* threshold", out)
    assert "hdbscan" in out
    assert re.search(r"granularities -?[\d.]+ would have been best on this gold: .* F1 [01]\.", out)


def test_evaluate_takes_a_granularity_for_once(folder, capsys):
    gold = folder / "gold.jsonl"
    texts = [FLOOD, FLOOD + " Boats came.", "A library opened.", "The library opened at last."]
    gold.write_text("\n".join(line(f"x{n}", text, cluster=f"c{n}") for n, text in enumerate(texts)))
    options = ("--json", "--no-peers", "--encoder", "hashing")
    scores = {}
    for setting in ("finest", "coarsest", "default"):
        found = json.loads(invoke(capsys, "evaluate", gold, *options, "--granularity", setting)[1])
        scores[setting] = found["bcubed"]["precision"]
        used = found["granularity"]["used"]
        assert used == {"finest": -3, "coarsest": 3, "default": 0}[setting]
    assert scores["finest"] >= scores["default"] >= scores["coarsest"]
    assert scores["finest"] > scores["coarsest"]
    _, out, _ = invoke(capsys, "evaluate", gold, *options[1:], "--granularity", "finer")
    assert "granularity -1.5" in out
    assert json.loads(invoke(capsys, "evaluate", gold, *options)[1])["granularity"]["used"] == 0


@pytest.mark.slow
def test_evaluate_takes_the_default_encoder_whatever_an_earlier_evaluation_took(folder, capsys):
    gold = folder / "gold.jsonl"
    gold.write_text("\n".join(line(f"x{n}", f"Text {n}.", cluster="a") for n in range(2)))
    taken = []
    for options in (("--encoder", "hashing"), ()):
        assert invoke(capsys, "evaluate", gold, "--no-peers", *options)[0] == 0
        (made,) = (folder / "base" / "evaluations").iterdir()
        with engine.open(made) as base:
            taken.append(base.reader.generation.manifest.encoder.name)
    assert taken == ["hashing", "e5-small"]


def test_evaluate_shows_the_engine_no_labels(folder, capsys):
    gold = folder / "gold.jsonl"
    gold.write_text("\n".join(line(f"c{n}", f"Text {n}.", cluster="LABEL") for n in range(2)))
    invoke(capsys, "evaluate", gold, "--json", "--no-peers", "--encoder", "hashing")
    (seen,) = (folder / "base" / "evaluations").glob("*/articles.jsonl")
    assert "LABEL" not in seen.read_text()
    assert '"c0"' not in seen.read_text()


@pytest.mark.parametrize("content", ["[1]\n", "{broken\n", '{"title": "a", "cluster": ""}\n'])
def test_bad_gold_is_an_error(folder, capsys, content):
    gold = folder / "gold.jsonl"
    gold.write_text(content)
    code, _, err = invoke(capsys, "evaluate", gold, "--no-peers")
    assert code == 1
    assert "gold.jsonl" in err
