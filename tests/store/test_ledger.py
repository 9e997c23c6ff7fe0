"""The ledger: runs that are recorded, undone, redone and dropped."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain import Article
from engine.recorded import CorrectionKind, Event, EventKind, RunKind, RunState
from engine.store import Corpus, Correction, Move, RunContent, RunFacts

NOW = dt.datetime(2023, 5, 1, tzinfo=dt.UTC)


@pytest.fixture
def corpus(tmp_path):
    with Corpus(tmp_path / "corpus.sqlite", create=True) as opened:
        yield opened


def content(parent, *, events=(), moves=(), **more):
    fields: dict[str, Any] = {"last_article": 9, "last_revision": 0, "kind": RunKind.NIGHTLY}
    return RunContent(parent=parent, at=NOW, events=events, moves=moves, **fields | more)


def record(corpus, parent, *, events=(), moves=(), **more):
    with corpus.transaction():
        run = corpus.ledger.begin(content(parent, events=events, moves=moves, **more))
        corpus.ledger.finish(run, f"generation {run}")
    return run


def born(story, *articles):
    return (
        [Event(EventKind.BORN, story, "", len(articles), 0, len(articles))],
        [Move(article, "", story) for article in articles],
    )


def recover(corpus, live):
    with corpus.transaction():
        return corpus.ledger.recover(live, f"generation {live}")


def state(corpus):
    keys = list(range(20))
    return corpus.ledger.head(), corpus.ledger.stories_of(keys), corpus.ledger.open_stories()


def test_a_run_comes_back_as_it_went_in(corpus):
    events, moves = born("s-a", 1, 2)
    facts = RunFacts(n_articles=2, events={"born": 1}, granularity=0.5, reasons=["too much"])
    run = record(corpus, 0, events=events, moves=moves, facts=facts)
    found = corpus.history.run(run)
    assert corpus.history.runs() == [found]
    assert (found.parent, found.kind, found.at) == (0, RunKind.NIGHTLY, NOW)
    assert (found.state, found.generation) == (RunState.DONE, "generation 1")
    assert (found.last_article, found.facts) == (9, facts)
    assert corpus.history.events(run) == events
    assert corpus.history.story_events("s-a", run) == [(found, events[0])]
    kinds = (found.kind, found.state, corpus.history.events(run)[0].kind)
    assert list(map(type, kinds)) == [RunKind, RunState, EventKind]


def test_facts_that_this_engine_does_not_know_are_left_out(corpus):
    run = record(corpus, 0, facts=RunFacts(churn=0.25))
    corpus._connection.execute(
        "UPDATE runs SET facts = json_insert(facts, '$.discovered_later', 1)"
    )
    assert corpus.history.run(run).facts == RunFacts(churn=0.25)


def test_a_run_that_clusters_nothing_hands_on_what_the_next_clustering_asks_for(corpus):
    facts = RunFacts(n_new=3, churn=0.25, granularity=0.5, fingerprint="hashing/256")
    before = corpus.history.run(record(corpus, 0, facts=facts, last_revision=4))
    after = content(1, last_article=0, kind=RunKind.CORRECTION).going_on_from(before)
    assert (after.last_article, after.last_revision) == (9, 4)
    assert after.facts == RunFacts(granularity=0.5, fingerprint="hashing/256")
    assert (after.kind, after.parent) == (RunKind.CORRECTION, 1)


def test_a_pending_run_counts_for_nothing(corpus):
    events, moves = born("s-a", 1, 2)
    with corpus.transaction():
        corpus.ledger.begin(content(0, events=events, moves=moves))
    assert state(corpus) == (0, {}, [])
    assert recover(corpus, 0) == [1]
    assert corpus.history.runs() == []
    assert not corpus.ledger.is_used("s-a")
    assert corpus.ledger.next_run() == 1


def test_a_pending_run_that_went_live_is_completed(corpus):
    events, moves = born("s-a", 1, 2)
    with corpus.transaction():
        corpus.ledger.begin(content(0, events=events, moves=moves))
    assert recover(corpus, 1) == []
    assert state(corpus) == (1, {1: "s-a", 2: "s-a"}, ["s-a"])
    assert corpus.history.run(1).generation == "generation 1"


def test_a_held_run_stays_and_counts_for_nothing(corpus):
    with corpus.transaction():
        run = corpus.ledger.hold(content(0, facts=RunFacts(reasons=["too much"])))
    assert recover(corpus, 0) == []
    held = corpus.history.run(run)
    assert (held.state, held.facts.reasons) == (RunState.HELD, ["too much"])
    assert corpus.history.chain(0) == []


def test_merges_lead_on_and_going_back_undoes_them(corpus):
    for story, keys in (("s-a", (1, 2)), ("s-b", (3, 4)), ("s-c", (5, 6))):
        events, moves = born(story, *keys)
        record(corpus, corpus.ledger.head(), events=events, moves=moves)
    record(
        corpus,
        3,
        events=[
            Event(EventKind.MERGED, "s-a", "s-b", 0, 2, 0),
            Event(EventKind.GREW, "s-b", "", 2, 0, 4),
        ],
        moves=[Move(1, "s-a", "s-b"), Move(2, "s-a", "s-b")],
    )
    record(corpus, 4, events=[Event(EventKind.MERGED, "s-b", "s-c", 0, 4, 0)], moves=[])
    assert corpus.history.survivor("s-a", 5) == "s-c"
    assert corpus.history.survivor("s-a", 4) == "s-b"
    assert corpus.history.survivor("s-a", 3) == "s-a"
    # What was merged away comes back when that is taken back, and leads on once merged again.
    record(corpus, 5, events=[Event(EventKind.REOPENED, "s-b", "", 2, 0, 2)], moves=[])
    assert [corpus.history.survivor(id_, 6) for id_ in ("s-a", "s-b", "s-c")] == [
        "s-b",
        "s-b",
        "s-c",
    ]
    assert corpus.ledger.records(["s-b"])["s-b"].redirect == ""
    record(corpus, 6, events=[Event(EventKind.MERGED, "s-b", "s-c", 0, 2, 0)], moves=[])
    assert corpus.history.survivor("s-a", 7) == "s-c"
    recover(corpus, 3)
    assert corpus.ledger.open_stories() == ["s-a", "s-b", "s-c"]
    assert corpus.ledger.members(["s-a"]) == {"s-a": [1, 2]}
    assert corpus.ledger.sizes_of(["s-a", "s-none"]) == {"s-a": 2}
    recover(corpus, 5)
    assert corpus.ledger.open_stories() == ["s-c"]


def test_moves_between_runs_leave_out_detours(corpus):
    record(corpus, 0, events=born("s-a", 1, 2)[0], moves=born("s-a", 1, 2)[1])
    record(
        corpus, 1, events=born("s-b", 3, 4)[0], moves=[*born("s-b", 3, 4)[1], Move(1, "s-a", "s-b")]
    )
    record(corpus, 2, moves=[Move(1, "s-b", "s-a"), Move(3, "s-b", "")])
    assert corpus.history.moves(1, 3) == [Move(4, "", "s-b")]
    assert corpus.history.moves(2, 3) == [Move(1, "s-b", "s-a"), Move(3, "s-b", "")]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=st.lists(st.dictionaries(st.integers(1, 6), st.sampled_from(["", "s-a", "s-b"]))))
def test_languages_of_moved_articles_are_those_of_the_moves(tmp_path_factory, moves):
    languages = {1: "nl", 2: "en", 3: "en", 4: "fr", 5: "nl"}  # the sixth is gone
    with Corpus(tmp_path_factory.mktemp("base") / "corpus.sqlite", create=True) as corpus:
        with corpus.transaction():
            corpus.articles.upsert(
                [
                    Article(str(key), "a", "b", said, "", "", None, NOW)
                    for key, said in languages.items()
                ]
            )
        where = dict.fromkeys(range(1, 7), "")
        for run, went in enumerate(moves):
            record(corpus, run, moves=[Move(key, where[key], story) for key, story in went.items()])
            where |= went
        for after in range(len(moves) + 1):
            gone = [move.article for move in corpus.history.moves(after, len(moves))]
            counts = Counter(languages[key] for key in gone if key in languages)
            found = corpus.history.languages_of_moved(after, len(moves))
            assert found == counts.most_common()


def test_corrections_hold_only_while_their_run_does(corpus):
    record(corpus, 0, events=born("s-a", 1, 2)[0], moves=born("s-a", 1, 2)[1])
    said = Correction(CorrectionKind.APART, (1,), (2,))
    record(corpus, 1, correction=said, kind=RunKind.CORRECTION)
    assert corpus.history.corrections(2) == [(2, said)]
    assert corpus.history.corrections(1) == []
    assert corpus.history.clusterings(2) == [1]


def test_articles_settle_run_by_run(corpus):
    record(corpus, 0, events=born("s-a", 1, 2)[0], moves=born("s-a", 1, 2)[1])
    record(corpus, 1, moves=[Move(3, "", "s-a"), Move(2, "s-a", "")])
    record(corpus, 2, moves=[Move(2, "", "s-a")])
    assert corpus.ledger.settled([1, 2, 3, 4], 1) == {1}
    assert corpus.ledger.settled([1, 2, 3, 4], 2) == {1, 3}


def test_an_edit_keeps_the_earlier_headline(corpus):
    def article(title, minutes):
        read = NOW + dt.timedelta(minutes=minutes)
        return Article("a", title, "Body.", "en", "", "", None, read)

    for minutes, title in enumerate(["First", "Second", "Second", "Third"]):
        with corpus.transaction():
            corpus.articles.upsert([article(title, minutes)])
    (key,) = corpus.articles.keys_of(["a"]).values()
    assert corpus.history.headlines([key])[key] == [
        (NOW + dt.timedelta(minutes=1), "First"),
        (NOW + dt.timedelta(minutes=3), "Second"),
    ]
    assert corpus.history.last_revision() == 2
    assert corpus.history.edited_since(1) == [key]
    assert corpus.history.edited_since(2) == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_walk_over_the_tree_of_runs_gives_the_state_of_that_run(tmp_path_factory, data):
    states: dict[int, dict[int, str]] = {0: {}}  # run: story of each article, kept by hand
    with Corpus(tmp_path_factory.mktemp("ledger") / "corpus.sqlite", create=True) as corpus:
        live = 0
        for _ in range(data.draw(st.integers(1, 8))):
            live = data.draw(st.sampled_from(sorted(states)))
            recover(corpus, live)
            assert corpus.ledger.stories_of(list(range(6))) == states[live]
            before = states[live]
            targets = data.draw(
                st.dictionaries(st.integers(0, 5), st.sampled_from(["", "s-x", "s-y", "s-z"]))
            )
            moves = [
                Move(key, before.get(key, ""), target)
                for key, target in targets.items()
                if before.get(key, "") != target
            ]
            run = record(corpus, live, moves=moves)
            after = before | {move.article: move.target for move in moves}
            states[run] = {key: story for key, story in after.items() if story}
            if data.draw(st.booleans()):  # a run that was killed before it went live
                with corpus.transaction():
                    corpus.ledger.begin(content(run, moves=[Move(0, "", "s-lost")]))
                assert recover(corpus, run) == [run + 1]
        for run, expected in states.items():
            recover(corpus, run)
            assert corpus.ledger.stories_of(list(range(6))) == expected
            assert corpus.ledger.head() == run
