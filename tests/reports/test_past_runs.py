"""The report of a past run, from the ledger."""

import pytest

from engine.errors import NotFoundError
from engine.reports.html import markdown
from tests.cli.cases import invoke
from tests.jobs.night_cases import (
    BRIDGE,
    ROBBERY,
    ids_of,
    line,
    night,
    two_stories,
)


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


def test_a_past_run_is_told_with_what_was_new_then(base, tmp_path):
    first = base.reader.run
    second = night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2), name="2.jsonl")
    told = base.briefing_of(second.run)
    night(base, tmp_path, line("r3", f"{ROBBERY}. A reward is offered.", 3), name="3.jsonl")
    ids = ids_of(base)
    assert {brief.story.id for brief in base.briefing_of(first).stories} == {ids["b1"], ids["r1"]}
    (grown,) = base.briefing_of(second.run).stories
    assert (grown.story.id, grown.news) == (ids["b1"], told.stories[0].news)
    assert grown.news.n_joined == 1
    assert base.briefing_of(base.reader.run) == base.briefing()


def test_a_headline_that_was_edited_later_is_not_told_of_an_earlier_run(base, tmp_path):
    edit = line("b1", f"{BRIDGE}.", 1, title="Bridge gone")
    second = night(base, tmp_path, line("b3", f"{BRIDGE}. It rained.", 2), name="2.jsonl")
    third = night(base, tmp_path, edit, name="3.jsonl")
    assert base.briefing_of(second.run).edited == ()
    assert [article.id for _, article in base.briefing_of(third.run).edited] == ["b1"]


def test_a_run_that_is_not_there_or_was_undone_is_an_error(base, tmp_path):
    second = night(base, tmp_path, line("b3", f"{BRIDGE}. It rained.", 2), name="2.jsonl")
    base.rollback()
    for run in (second.run, 99):
        with pytest.raises(NotFoundError, match=f"no run {run}"):
            base.briefing_of(run)


def test_a_report_is_printed_or_written(base, tmp_path, capsys):
    where = ["--indexes", base.layout.root]
    code, out, err = invoke(capsys, "report", *where)
    assert (code, out, err) == (0, markdown(base.briefing()) + "\n", "")
    run = str(base.reader.run)
    assert invoke(capsys, "report", run, "--to", tmp_path / "reports", *where)[0] == 0
    assert (tmp_path / "reports" / f"run-{run}.md").read_text() + "\n" == out
    assert (tmp_path / "reports" / f"run-{run}.html").exists()
    assert invoke(capsys, "report", "99", *where)[0] == 1
