"""Nights on which stories chained are held back, and others are not."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import engine
from engine.domain import Clustering, Rows
from engine.index.faiss_build import build_index
from engine.jobs.base.scope import Ground
from engine.jobs.clustering.reconcile import Grouped, continued, group_window
from engine.jobs.lookup.learnt import live_facts
from engine.jobs.nights.selfcheck import Signs, chained_share, self_check, torn_share
from engine.jobs.nights.vector_check import Again, shared_words
from engine.recorded import RunKind
from engine.same_event.window import Window
from engine.stories.partition import judge
from tests.jobs.chaining_cases import chained

N_EVENTS, N_REPORTS = 24, 8


def grouped(labels, *, granularity=0.0, repeats=1):
    """Return made-up reports of some events, each said so many times, grouped by `labels`."""
    randoms = np.random.default_rng(1)
    events = np.repeat(np.arange(N_EVENTS), N_REPORTS)
    vectors = randoms.normal(size=(N_EVENTS, 64))[events]
    vectors += 0.5 * randoms.normal(size=vectors.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    view = Window(
        titles=[f"report number {row} of event {event}" for row, event in enumerate(events)],
        bodies=[""] * len(events),
        languages=["en"] * len(events),
        sources=[""] * len(events),
        published=np.full(len(events), np.nan),
        vectors=vectors,
    ).take(Rows(np.tile(np.arange(len(events)), repeats)))
    labels = np.tile(labels[events], repeats)
    clustering = Clustering(labels, np.ones(len(labels), np.float32))
    scope: Any = SimpleNamespace(view=view)
    return Grouped(scope, judge(view, build_index), clustering, granularity)


EACH, IN_PAIRS, ALONE = (
    np.arange(N_EVENTS),
    np.arange(N_EVENTS) // 2,
    np.full(N_EVENTS, -1),
)
"""Labels of the events: one story each, two in a story, and none in any."""


@pytest.mark.parametrize("repeats", [1, 2])
def test_stories_of_several_events_are_chains_and_those_of_one_are_not(repeats):
    n_inside = 10 * N_REPORTS
    assert chained_share(grouped(EACH, repeats=repeats)) == (0.0, n_inside)
    assert chained_share(grouped(IN_PAIRS, repeats=repeats)) == (1.0, 2 * n_inside)


def test_one_chain_counts_with_all_its_articles():
    labels = np.where(EACH < 6, 0, EACH)
    share, n_inside = chained_share(grouped(labels))
    assert n_inside == (6 + 9) * N_REPORTS
    assert share == pytest.approx(6 / 15)


def test_what_a_coarse_dial_joins_is_no_chain():
    assert chained_share(grouped(IN_PAIRS, granularity=100.0))[0] == 0


def test_where_no_story_is_none_is_judged():
    assert chained_share(grouped(ALONE)) == (0.0, 0)


def test_stories_that_tear_likely_pairs_are_told_from_those_that_hold_them():
    torn, n_likely = torn_share(grouped(EACH))
    assert torn < 0.1
    assert n_likely > N_EVENTS * N_REPORTS
    assert torn_share(grouped(ALONE)) == (1.0, n_likely)
    usual = grouped(EACH)
    randoms = np.random.default_rng(0)
    for size in (2, 8):  # what is dealt out at random, and events that are cut at random
        labels = randoms.integers(0, N_EVENTS * N_REPORTS // size, N_EVENTS * N_REPORTS)
        cut = usual.clustering.labels * 3 + randoms.integers(0, 3, len(labels))
        for broken in (labels, cut):
            clustering = replace(usual.clustering, labels=broken)
            assert torn_share(replace(usual, clustering=clustering))[0] > 0.5


def test_a_finer_dial_makes_fewer_pairs_likely():
    assert torn_share(grouped(ALONE, granularity=-100.0)) == (0.0, 0)


def next_night(base, unscored):
    """Return what the next night would check: as it is, and with stories that chain."""
    reader = base.reader
    ground = Ground(reader.corpus, reader.generation.as_content(), base.setup)
    usual = group_window(ground, None)
    shared = shared_words(usual.scope, usual.judged.stands_for)
    planted = replace(usual, clustering=chained(usual.judged, unscored))
    return [
        self_check(
            continued(ground, each, kind=RunKind.NIGHTLY, fingerprint="", steady=True),
            Signs(chained_share(each), torn_share(each), shared, Again()),
            before=live_facts(reader),
        )
        for each in (usual, planted)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_articles", "unscored"),
    # As the first design had it, and where that joins nothing wrong, without any count.
    [("uci_titles_2014", 2500, -4.0), ("roundups_2021", 600, 0.0)],
)
def test_planted_chaining_of_real_stories_is_caught(
    data_folder, tmp_path, name, n_articles, unscored
):
    lines = (data_folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    lines = sorted(lines, key=lambda line: json.loads(line)["published_at"])[:n_articles]
    for part, some in (("first", lines[: n_articles // 2]), ("next", lines[n_articles // 2 :])):
        (tmp_path / f"{part}.jsonl").write_text("\n".join(some) + "\n", "utf-8")
    with engine.open(tmp_path / "base") as base:
        assert base.nightly([tmp_path / "first.jsonl"]).reasons == ()
        base.ingest([tmp_path / "next.jsonl"])
        base.rebuild()
        usual, planted = next_night(base, unscored)
    assert usual.reasons == ()
    assert usual.chained == 0
    assert any("in chains" in reason for reason in planted.reasons)
