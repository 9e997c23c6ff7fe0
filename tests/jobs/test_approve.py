"""A night that was held back is published when a person says that it is right."""

import pytest

from engine.errors import InputError, NotFoundError
from engine.recorded import RunState
from engine.store import Corpus
from tests.jobs.night_cases import forty_events, groups, hashing_base, plain, shuffled, write


@pytest.fixture
def held(tmp_path):
    """Give a base whose last night was held, and the report of that night."""
    *first, new = forty_events()[:121]
    with hashing_base(tmp_path / "base") as opened:
        opened.ingest(write(tmp_path / "first.jsonl", *first))
    with plain(opened) as base:
        base.nightly()
        with plain(base, clusterer=shuffled) as unsteady:
            report = unsteady.nightly(write(tmp_path / "new.jsonl", new))
            assert report.outcome == "held"
            yield unsteady, report


def test_the_stories_that_were_held_are_published(held):
    base, report = held
    before = groups(base)
    done = base.approve(report.run)
    assert groups(base) != before
    assert base.reader.run == done.run == report.run + 1
    assert [event.to_dict() for event in done.events] == [
        event.to_dict() for _, event in base.difference(report.run - 1, done.run).events
    ]
    with Corpus(base.layout.corpus) as corpus:
        run = corpus.history.run(done.run)
    assert run is not None
    assert (run.state, run.facts.reasons) == (RunState.DONE, None)
    assert base.nightly().outcome == "unchanged"


def test_a_night_is_approved_once_and_only_if_it_was_held(held):
    base, report = held
    with pytest.raises(NotFoundError, match="no night of run 1"):
        base.approve(1)
    base.approve(report.run)
    with pytest.raises(InputError, match="came after it"):
        base.approve(report.run)
