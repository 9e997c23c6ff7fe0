"""Night after night: stories keep their ids, and the result is that of clustering afresh."""

import json

import pytest

import engine
from engine.disk.lock import writing
from engine.encoding import HashingEncoder
from engine.errors import InputError, LockedError, MismatchError, NotFoundError
from engine.reports.wording import counts
from engine.store import Corpus
from tests.jobs.night_cases import (
    BRIDGE,
    HASHING,
    ROBBERY,
    WEEK,
    Stream,
    after_a_night,
    by_words,
    forty_events,
    groups,
    hashing_base,
    ids_of,
    line,
    night,
    plain,
    shuffled,
    two_stories,
    write,
)


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


def test_a_story_keeps_its_id_as_it_grows(base, tmp_path):
    before = ids_of(base)
    report = night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert report.outcome == "published"
    assert report.facts.events == {"grew": 1}
    after = ids_of(base)
    assert after["b3"] == before["b1"]
    assert {id_: after[id_] for id_ in before} == before
    assert base.verify() == []


def test_cluster_gives_the_same_ids_as_the_nights(base, tmp_path):
    before = ids_of(base)
    base.cluster()
    assert ids_of(base) == before


def test_a_night_with_nothing_new_changes_nothing(base, tmp_path):
    before = base.reader.generation.name
    report = night(base, tmp_path, line("b1", f"{BRIDGE}.", 1))
    assert (report.outcome, report.generation) == ("unchanged", before)
    assert base.nightly(window=WEEK).outcome == "unchanged"


def test_history_tells_what_happened_run_by_run(base, tmp_path):
    story = ids_of(base)["b1"]
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    events = base.history(story).events
    assert [(run.run, event.kind, event.n_articles) for run, event in events] == [
        (1, "born", 2),
        (2, "grew", 3),
    ]
    found = base.difference(1, 2)
    assert [(run, event.kind, event.story) for run, event in found.events] == [(2, "grew", story)]
    assert found.moves == [("b3", "", story)]
    assert base.status().live.run == 2


def test_unknown_stories_and_runs_are_errors(base):
    with pytest.raises(NotFoundError, match="no story"):
        base.history("s-nothing")
    with pytest.raises(InputError, match="earlier"):
        base.difference(2, 1)
    with pytest.raises(NotFoundError, match="no live run 9"):
        base.difference(1, 9)


def test_rollback_undoes_a_night_and_going_forward_redoes_it(base, tmp_path):
    before = ids_of(base)
    first = base.reader.generation.name
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    second = base.reader.generation.name
    base.rollback(first)
    assert ids_of(base) == before
    assert len(base.history(before["b1"]).events) == 1
    base.rollback(second)
    assert ids_of(base)["b3"] == before["b1"]
    assert len(base.history(before["b1"]).events) == 2


def test_an_undone_run_is_not_forgotten_and_its_ids_are_not_reused(base, tmp_path):
    first = base.reader.generation.name
    fresh = [line("f1", "Ferry aground near the lighthouse.", 2),
             line("f2", "Ferry aground near the lighthouse, says the captain.", 2.1)]  # fmt: skip
    night(base, tmp_path, *fresh)
    undone = ids_of(base)["f1"]
    base.rollback(first)
    report = base.nightly(window=WEEK)
    assert report.run == 3
    assert ids_of(base)["f1"] != undone
    with Corpus(base.layout.corpus) as corpus:
        assert [run.parent for run in corpus.history.runs()] == [0, 1, 1]


def test_stories_are_made_again_when_every_generation_is_lost(base, tmp_path):
    before = ids_of(base)
    for entry in base.generations():
        (base.layout.generation(entry.name).folder / "keys.npy").write_bytes(b"broken")
    base.refresh()
    base.rebuild(spec=HASHING)
    assert base.stories() == []
    base.cluster()
    assert ids_of(base) == before


def test_sources_that_fail_do_not_fail_the_night(base, tmp_path):
    good = write(tmp_path / "good.jsonl", line("b3", f"{BRIDGE}. The mayor came.", 2))
    report = base.nightly([tmp_path / "nowhere.jsonl", good], window=WEEK)
    assert (report.outcome, report.ingested.rejected, report.ingested.added) == ("published", 1, 1)


def test_an_unsteady_clustering_is_held_back(tmp_path):
    *first, new = forty_events()[:121]
    with after_a_night(tmp_path, *first) as base:
        before, live = ids_of(base), base.reader.generation.name
        with plain(base, clusterer=shuffled) as unsteady:
            report = night(unsteady, tmp_path, new)
        assert report.outcome == "held"
        assert "change story" in report.reasons[0]
        base.refresh()
        assert ids_of(base) == before
        # The article is there; only the stories wait.
        assert base.reader.generation.name != live
        (article,) = base.articles(["e0n3"]).values()
        assert base.similar(article.body, k=1, fold=False)[0].article == article
        assert base.nightly(window=WEEK).outcome == "published"
        assert ids_of(base) == before | {"e0n3": before["e0n0"]}


@pytest.fixture
def upgraded(tmp_path):
    """Return a base whose encoder has another fingerprint than its vectors."""
    with two_stories(tmp_path, encoder=HashingEncoder()) as base:
        pass
    with plain(base, encoder=HashingEncoder(128)) as opened:
        yield opened


def test_a_changed_encoder_is_an_error_until_a_rebuild(upgraded, tmp_path):
    with pytest.raises(MismatchError, match="engine rebuild"):
        night(upgraded, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))


def test_ids_survive_another_encoder(upgraded, tmp_path):
    before = ids_of(upgraded)
    upgraded.rebuild()
    assert ids_of(upgraded) == before
    night(upgraded, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert {id_: ids_of(upgraded)[id_] for id_ in before} == before
    assert "The encoder changed: 2 of 2 stories of the window kept their id" in " ".join(
        counts(upgraded.briefing())
    )


def test_the_first_night_makes_stories_of_a_whole_archive(tmp_path):
    with hashing_base(tmp_path / "base", clusterer=by_words) as base:
        old = [line(f"o{n}", f"{ROBBERY}. Note {n}.", n / 10) for n in range(2)]
        new = [line(f"n{n}", f"{BRIDGE}. Note {n}.", 300 + n / 10) for n in range(2)]
        night(base, tmp_path, *old, *new)
        assert groups(base) == [["n0", "n1"], ["o0", "o1"]]
        again = night(base, tmp_path, line("x", "A festival.", 301), name="x.jsonl")
        assert again.facts.events == {"ended": 1}


def test_a_locked_base_is_left_alone(base, tmp_path):
    import subprocess
    import sys

    code = (
        "import engine, sys; from engine.errors import LockedError\n"
        f"try: engine.open({str(base.layout.root)!r}).nightly()\n"
        "except LockedError as error: sys.exit(str(error))"
    )
    with writing(base.layout, command="a long job"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
    assert "a long job" in done.stderr
    assert LockedError.exit_code == 4


def test_the_log_has_one_json_line_a_step(base):
    steps = [json.loads(text)["step"] for text in base.layout.nightly_log.read_text().splitlines()]
    assert steps == [
        "ingested",
        "indexed",
        "clustered",
        "checked",
        "linked",
        "breaking",
        "published",
        "finished",
    ]


def test_the_log_says_what_ended_a_night_early(upgraded, tmp_path):
    with pytest.raises(MismatchError):
        night(upgraded, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    last = json.loads(upgraded.layout.nightly_log.read_text().splitlines()[-1])
    assert (last["step"], last["error"].split(":")[0]) == ("failed", "MismatchError")


def test_old_generations_are_deleted(base, tmp_path):
    for day in range(2, 6):
        text = f"{BRIDGE}. Report {day}."
        night(base, tmp_path, line(f"d{day}", text, day), name=f"{day}.jsonl", keep=2)
    assert len(base.generations()) == 2


def test_the_same_nights_give_the_same_stories(tmp_path):
    found = []
    for name in ("one", "two"):
        stream = Stream(tmp_path, seed=5)
        with hashing_base(tmp_path / name, clusterer=by_words) as base:
            for path in stream.files():
                base.nightly([path], window=WEEK)
            found.append(base.stories())
    assert found[0] == found[1]


def test_readers_see_the_old_night_until_the_new_one_is_whole(base, tmp_path):
    with engine.open(base.layout.root) as reader:
        before = reader.stories()
        night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
        assert reader.stories() == before
        reader.refresh()
        assert reader.stories() != before


def test_articles_that_go_with_their_whole_story_have_merged_and_not_moved(tmp_path):
    with two_stories(tmp_path) as base:
        report = night(
            base,
            tmp_path,
            line("r1", f"{BRIDGE}. The road is closed.", 1.2),
            line("r2", f"{BRIDGE}. A bus was near.", 1.3),
        )
    assert report.facts.events["merged"] == 1
    assert (report.facts.n_absorbed, report.facts.n_moved) == (2, 0)
    assert (report.facts.merged, report.facts.churn) == (0.5, 0)
