"""A night that ends at any moment is made good by the next one."""

import datetime as dt

import pytest

from engine.store import Corpus
from tests.jobs.night_cases import Stream, hashing_base

WEEK = dt.timedelta(days=7)

STEPS = {
    "before anything is embedded": "engine.jobs.nights.nightly.prepare",
    "before the clustering": "engine.jobs.nights.nightly.reconcile",
    "before the run is recorded": "engine.store.ledger.Ledger.begin",
    "between record and publication": "engine.jobs.rebuilding.rebuild.publish",
    "before the generation is live": "engine.generations.committing.replace_file",
    "between publication and ledger": "engine.store.ledger.Ledger.finish",
    "before tidying up": "engine.jobs.nights.nightly.prune",
}


class Killed(BaseException):
    """Stands for a kill: no handler of the engine catches it."""


def state(base):
    with Corpus(base.layout.corpus) as corpus:
        history = corpus.history
        runs = [(run.run, run.parent, run.state, run.facts) for run in history.runs()]
        events = [history.events(run) for run, *_ in runs]
        keys = corpus.articles.keys().tolist()
        return runs, events, keys, corpus.ledger.stories_of(keys), base.stories()


@pytest.mark.parametrize("step", STEPS)
def test_a_night_that_was_killed_is_made_good(tmp_path, monkeypatch, step):
    first, second, *_ = Stream(tmp_path, seed=2).files()
    with hashing_base(tmp_path / "calm") as calm, hashing_base(tmp_path / "killed") as killed:
        for base in (calm, killed):
            base.nightly([first], window=WEEK)
        calm.nightly([second], window=WEEK)

        def die(*_given, **_named):
            raise Killed

        before = killed.reader.generation.name
        with monkeypatch.context() as patched:
            patched.setattr(STEPS[step], die)
            with pytest.raises(Killed):
                killed.nightly([second], window=WEEK)
        killed.refresh()
        went_live = step in {"between publication and ledger", "before tidying up"}
        assert (killed.reader.generation.name != before) is went_live
        assert killed.stories() == (calm if went_live else killed).stories()
        killed.nightly([second], window=WEEK)
        assert state(killed) == state(calm)
        assert killed.verify() == []
