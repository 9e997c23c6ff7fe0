"""Random streams of articles, taken in night by night, with the shipped clusterer."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Corpus
from tests.jobs.night_cases import Stream, groups, hashing_base

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
FAST = settings(SLOW, max_examples=4)


@pytest.mark.slow
@SLOW
@given(st.integers(0, 10_000), st.integers(3, 12))
def test_many_streams_end_where_one_clustering_of_all_ends(tmp_path_factory, seed, n_events):
    check_nights_against_one_clustering(tmp_path_factory, seed, n_events)


@FAST
@given(st.integers(0, 10_000), st.integers(3, 6))
def test_nights_end_where_one_clustering_of_all_ends(tmp_path_factory, seed, n_events):
    check_nights_against_one_clustering(tmp_path_factory, seed, n_events)


def check_nights_against_one_clustering(tmp_path_factory, seed, n_events):
    folder = tmp_path_factory.mktemp("stream")
    stream = Stream(folder, seed=seed, n_events=n_events)
    window = dt.timedelta(days=30)
    with hashing_base(folder / "nights") as nights, hashing_base(folder / "once") as once:
        seen: set[str] = set()
        n_regrouped = 0
        for path in stream.files():
            n_regrouped += nights.nightly([path], window=window).facts.n_regrouped
            now = {story.id for story in nights.stories()}
            with Corpus(nights.layout.corpus) as corpus:
                live = nights.reader.generation.manifest.run
                # No id is lost: it is still there, or leads to one that is or was.
                for id_ in seen - now:
                    assert corpus.history.story_events(id_, live)
                members = corpus.ledger.members(sorted(now))
                assert {id_: len(keys) for id_, keys in members.items()} == {
                    story.id: len(story.article_ids) for story in nights.stories()
                }
            seen |= now
        once.ingest(stream.files())
        once.rebuild()
        once.cluster(window=window)
        # Stories that settled stay whole; only that may make a difference.
        assert n_regrouped or groups(nights) == groups(once)
        assert nights.verify() == []
