"""When the stories of a night are held back."""

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest

from engine.domain import Clustering
from engine.jobs.base.scope import Ground
from engine.jobs.base.setup import SHIPPED, Setup
from engine.jobs.clustering.reconcile import Ungrouped, group_window
from engine.jobs.nights.selfcheck import Halves, halves_agreement, judged_facts
from engine.store import RunFacts
from engine.stories.partition import partition
from tests.jobs.night_cases import Stream, hashing_base

GOOD = RunFacts(
    n_placed=1000,
    n_moved=10,
    n_absorbed=20,
    n_recent=1500,
    n_alone=300,
    n_continued=400,
    granularity=0.0,
)
USUAL = RunFacts(singletons=0.2, granularity=0.0)


def check(*, agreement=0.95, compared=500, chains=0.0, inside=600, splits=4, before=USUAL, **facts):
    run = replace(GOOD, events={"split": splits}, **facts)
    return judged_facts(run, (agreement, compared), (chains, inside), before)


def test_an_ordinary_night_is_published():
    found = check()
    assert found.reasons == ()
    assert found.shares() == {
        "agreement": 0.95,
        "churn": 0.01,
        "fragmentation": 0.01,
        "merged": 0.02,
        "chained": 0.0,
        "singletons": 0.2,
    }
    kept = found.added_to(GOOD)
    assert (kept.churn, kept.singletons, kept.n_placed) == (0.01, 0.2, 1000)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"agreement": 0.5}, "two halves of the window agree by 0.50"),
        ({"n_moved": 300}, "30% of the articles would change story"),
        ({"splits": 100}, "25% of the stories would split"),
        (
            {"n_absorbed": 600},
            "60% of the articles would go to another story with all of their own",
        ),
        ({"chains": 0.6}, "60% of the articles in the largest stories are in chains"),
        ({"n_alone": 900}, "60% of the articles would be in no story after 20%"),
        (
            {"n_alone": 0, "before": RunFacts(singletons=0.5)},
            "0% of the articles would be in no story after 50%",
        ),
    ],
)
def test_each_limit_holds_the_stories_back(facts, said):
    (reason,) = check(**facts).reasons
    assert said in reason
    assert "expected" in reason


@pytest.mark.parametrize(
    "facts",
    [
        {"agreement": 0.5, "compared": 99},
        {"n_moved": 50, "n_placed": 99},
        {"splits": 50, "n_continued": 99},
        {"n_alone": 90, "n_recent": 99},
        {"n_absorbed": 99, "n_placed": 99},
        {"chains": 1.0, "inside": 99},
        {"n_alone": 1500, "before": None},
        {
            "n_placed": 0,
            "n_moved": 0,
            "n_absorbed": 0,
            "n_continued": 0,
            "splits": 0,
            "before": None,
        },
    ],
)
def test_too_little_is_not_judged(facts):
    assert check(**facts).reasons == ()


def test_a_turned_dial_may_merge_stories():
    assert check(n_absorbed=600, granularity=2.0).reasons == ()


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """Return forty clear events that are to be grouped, with a coarser dial."""
    folder = tmp_path_factory.mktemp("halves")
    with hashing_base(folder / "base") as base:
        base.ingest(Stream(folder, seed=1, n_events=40, n_days=2).files())
        base.rebuild()
        base.cluster(granularity=1)
        reader = base.reader
        ground = Ground(reader.corpus, reader.generation.as_content(), base.setup)
        begun: list[Ungrouped] = []
        grouped = group_window(ground, None, begun.append)
        assert [grouped.scope, grouped.judged.read] == [begun[0].scope, begun[0].read]
        return begun[0]


def test_halves_overlap_in_a_third_and_agree_on_clear_events(window):
    agreement, n_compared = halves_agreement(window, SHIPPED)
    assert 0.2 < n_compared / len(window.scope.keys) < 0.5
    assert agreement > 0.8
    assert halves_agreement(window, SHIPPED) == (agreement, n_compared)


def test_halves_are_clustered_by_workers(window, processes):
    assert pickle.loads(pickle.dumps(partition)) is partition
    by_workers = Noting(processes)
    found = halves_agreement(window, Setup(executor=by_workers))
    assert found == halves_agreement(window, SHIPPED)
    assert len(by_workers.noted) == 2


def test_halves_are_clustered_beside_other_work(window, processes):
    with Halves(Setup(executor=processes)) as halves:
        halves.begin(window, dict)
        found = halves.agreement()
    assert found == halves_agreement(window, SHIPPED)
    with Halves(SHIPPED) as alone:
        alone.begin(window, dict)
        assert alone.agreement() == found


def test_halves_wait_until_workers_are_free(window, processes):
    noting, free = Noting(processes), threading.Event()
    with Halves(Setup(executor=noting)) as halves:
        halves.begin(window, free.wait)
        assert not noting.noted
        free.set()
        assert halves.agreement() == halves_agreement(window, SHIPPED)
    assert len(noting.noted) == 2


def test_a_night_that_fails_waits_for_its_halves(window, processes):
    noting = Noting(processes)

    def fail():
        with Halves(Setup(executor=noting)) as halves:
            halves.begin(window, dict)
            raise ValueError("it failed")

    with pytest.raises(ValueError, match="it failed"):
        fail()
    assert len(noting.noted) in {0, 2}, "either both were made, or none was begun"


@pytest.mark.parametrize("dated", [True, False])
def test_of_a_large_window_what_is_new_is_halved_and_then_what_came_last(window, dated):
    articles = window.scope.articles
    order = sorted(range(len(articles)), key=lambda row: articles[row].published)
    new = np.zeros(len(articles), np.bool_)
    new[order[3:8]] = True
    if not dated:  # such articles count from when they were read, all at once and late
        articles = [replace(article, published=None) for article in articles]
        order = list(range(len(articles)))
    scope = replace(window.scope, articles=articles, new=new)
    halved = set[str]()

    def note(view, _judged, *, granularity, progress):
        halved.update(view.titles)
        return Clustering(np.zeros(len(view), np.int64), np.ones(len(view), np.float32))

    halves_agreement(replace(window, scope=scope), Setup(clusterer=note), most=30)
    rest = [row for row in order if not new[row]][-25:]
    assert halved == {articles[row].title for row in [*rest, *np.flatnonzero(new)]}


class Noting:
    """Hands parts on, and notes them."""

    def __init__(self, executor):
        self.executor, self.noted = executor, []

    def map(self, make, parts, **given):
        for part, result in self.executor.map(make, parts, **given):
            self.noted.append(part)
            yield part, result

    def close(self):
        self.executor.close()


def test_what_is_cut_at_random_does_not_agree(window):
    randoms = np.random.default_rng(0)
    used = []

    def noise(view, _judged, *, granularity, progress):
        used.append(granularity)
        labels = randoms.integers(0, len(view), len(view))
        return Clustering(labels, np.ones(len(view), np.float32))

    # What cannot be sent to workers works here.
    assert halves_agreement(window, Setup(clusterer=noise, executor=Noting(None)))[0] < 0.9
    assert used == [1, 1]
