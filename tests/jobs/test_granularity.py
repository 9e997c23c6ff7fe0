"""How fine or coarse stories are: what the dial means, what it changes, and how long it holds."""

import json

import numpy as np
import pytest

import engine
from engine.errors import DamagedError, InputError
from engine.same_event.granularity import LEAST, MOST, WORDS, as_granularity, in_words
from engine.stories.partition import judge, partition
from tests.cli.cases import invoke
from tests.stories.cases import ExactIndex, blobs, window_of


@pytest.mark.parametrize(
    ("given", "meant"),
    [("finest", -3), (" Finer ", -1.5), ("default", 0), ("coarser", 1.5), ("coarsest", 3),
     ("-0.75", -0.75), ("+2", 2), (0.5, 0.5), (3, 3)],
)  # fmt: skip
def test_words_and_numbers_are_settings(given, meant):
    assert as_granularity(given) == meant


@pytest.mark.parametrize("given", ["rough", "", "nan", "inf", "3.01", -4, None, "1,5"])
def test_anything_else_is_refused_with_the_words_and_the_range(given):
    with pytest.raises(InputError, match="from -3 to 3") as refused:
        as_granularity(given)
    assert all(word in str(refused.value) for word in WORDS)


def test_a_setting_is_read_back_as_it_is_said():
    assert in_words(1.5) == "coarser (1.5)"
    assert in_words(as_granularity("-0")) == "default (0)"
    assert in_words(-0.42) == "-0.42"


def n_together(labels):
    return sum(size * (size - 1) for size in np.bincount(labels[labels >= 0]))


def test_coarser_joins_more_and_the_middle_changes_nothing():
    totals = np.zeros(3)
    for seed in range(5):
        window = window_of(blobs(seed, n_events=12, n_each=4, noise=1.0)[0])
        judged = judge(window, ExactIndex)
        found = [partition(window, judged, granularity=g) for g in (LEAST, 0.0, MOST)]
        assert (found[1].labels == partition(window, judged).labels).all()
        totals += [n_together(each.labels) for each in found]
    assert totals[0] < totals[1] < totals[2]


def test_a_setting_holds_until_another_is_given(base):
    assert base.cluster().facts.granularity == 0
    assert base.status().granularity == 0
    assert base.cluster(granularity="coarser").facts.granularity == 1.5
    assert base.cluster().facts.granularity == 1.5
    with engine.open(base.layout.root) as again:
        assert again.status().granularity == 1.5
        assert again.nightly().facts.granularity == 1.5
        assert again.nightly(granularity=-0.5).facts.granularity == -0.5
    assert base.cluster(granularity="default").facts.granularity == 0
    assert base.status().granularity == 0


def test_a_setting_that_there_is_not_changes_nothing(base):
    base.cluster(granularity=2)
    live = base.reader.generation.name
    for call in (base.cluster, base.nightly):
        with pytest.raises(InputError, match="coarsest"):
            call(granularity="rough")
    assert (base.status().granularity, base.reader.generation.name) == (2, live)


def test_a_night_is_behind_when_the_dial_was_turned(base):
    base.nightly()
    assert base.nightly().outcome == "unchanged"
    assert base.nightly(granularity="finer").outcome == "published"
    assert base.nightly().outcome == "unchanged"
    base.pin(base.stories()[0].article_ids[0])
    assert base.nightly().outcome == "unchanged"


def test_probabilities_do_not_move_but_what_is_needed_does(base):
    def said():
        hits = base.similar(base.query(id="b1"), k=5)
        pair = base.why_pair("b1", "b3")
        return [hit.probability for hit in hits], pair.why.explanation.probability, pair.needed

    base.cluster()
    before = said()
    base.cluster(granularity="coarsest")
    after = said()
    assert after[:2] == before[:2]
    assert after[2] < before[2]


def test_a_rehearsal_starts_from_the_setting_and_keeps_none(base):
    base.cluster(granularity=1)
    with base.rehearsal() as copy:
        assert copy.status().granularity == 1
        copy.nightly(granularity=2)
    assert base.status().granularity == 1


def test_an_exported_base_keeps_its_setting(base, tmp_path):
    base.cluster(granularity="finer")
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "other") as other:
        other.import_from(tmp_path / "base.tar")
        assert other.cluster().facts.granularity == -1.5


@pytest.mark.parametrize("content", ["", "{}", '{"granularity": 9}', "[1]"])
def test_a_damaged_setting_is_named(base, content):
    base.layout.granularity.write_text(content)
    with pytest.raises(DamagedError, match=r"granularity\.json"):
        base.cluster()
    assert any("granularity.json" in problem for problem in base.verify())
    base.layout.granularity.unlink()
    assert base.cluster().facts.granularity == 0


@pytest.fixture
def shell(base, monkeypatch, capsys):
    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    return lambda *arguments: invoke(capsys, *arguments)


def test_the_dial_is_turned_on_the_command_line(shell):
    code, _, err = shell("cluster", "--granularity", "-1.25")
    assert (code, "granularity -1.25" in err) == (0, True)
    assert json.loads(shell("status", "--json")[1])["granularity"] == -1.25
    code, out, _ = shell("nightly", "--granularity", "coarser")
    assert (code, "granularity: coarser (1.5)" in out) == (0, True)
    assert json.loads(shell("nightly", "--json")[1])["facts"]["granularity"] == 1.5


@pytest.mark.parametrize("command", ["cluster", "nightly", "evaluate"])
def test_a_bad_setting_on_the_command_line_is_wrong_usage(shell, command):
    arguments = ["gold.jsonl"] if command == "evaluate" else []
    code, _, err = shell(command, *arguments, "--granularity", "4")
    said = " ".join(err.replace("│", " ").split())
    assert code == 2
    assert "finest, finer, default, coarser, coarsest or a number from -3 to 3" in said


def test_a_report_says_the_setting(shell, tmp_path):
    shell("nightly", "--granularity", "0.5", "--report", tmp_path / "reports")
    (report,) = (tmp_path / "reports").glob("*.md")
    assert "Granularity: 0.5." in report.read_text(encoding="utf-8")
