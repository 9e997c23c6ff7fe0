"""Night after night: stories keep their ids, and the result is that of clustering afresh."""

import datetime as dt
import json

import numpy as np
import pytest
from nightly_cases import (  # noqa: F401 - a fixture
    HASHING,
    Stream,
    by_words,
    groups,
    hashing_base,
    ids_of,
    line,
    plain_clusters,
)

import engine
from engine.domain import Clustering
from engine.errors import InputError, LockedError, MismatchError, NotFoundError
from engine.indexing import writing
from engine.pipeline import selfcheck
from engine.serving.wording import counts
from engine.store import Corpus

BRIDGE = "The old stone bridge over the river Elm collapsed on Monday after heavy rain"
ROBBERY = "Three masked robbers took gold coins from the museum of Oldtown at night"
WEEK = dt.timedelta(days=7)


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def base(tmp_path):
    with hashing_base(tmp_path / "base") as opened:
        opened.nightly(
            [
                write(
                    tmp_path / "first.jsonl",
                    line("b1", f"{BRIDGE}.", 1),
                    line("b2", f"{BRIDGE}. Nobody was hurt.", 1.1),
                    line("r1", f"{ROBBERY}.", 1.2),
                    line("r2", f"{ROBBERY}. Police search for them.", 1.3),
                )
            ],
            window=WEEK,
        )
        yield opened


def night(base, tmp_path, *lines, name="next.jsonl", **options):
    return base.nightly([write(tmp_path / name, *lines)], **{"window": WEEK} | options)


def test_a_story_keeps_its_id_as_it_grows(base, tmp_path):
    before = ids_of(base)
    report = night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert report.outcome == "published"
    assert report.facts["events"] == {"grew": 1}
    after = ids_of(base)
    assert after["b3"] == before["b1"]
    assert {id_: after[id_] for id_ in before} == before
    assert base.verify() == []


def test_cluster_gives_the_same_ids_as_the_nights(base, tmp_path):
    before = ids_of(base)
    base.cluster()
    assert ids_of(base) == before


def test_a_night_with_nothing_new_changes_nothing(base, tmp_path):
    before = base.generation.name
    report = night(base, tmp_path, line("b1", f"{BRIDGE}.", 1))
    assert (report.outcome, report.generation) == ("unchanged", before)
    assert base.nightly(window=WEEK).outcome == "unchanged"


def test_history_tells_what_happened_run_by_run(base, tmp_path):
    story = ids_of(base)["b1"]
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    events = base.desk.history(story).events
    assert [(run.run, event.kind, event.n_articles) for run, event in events] == [
        (1, "born", 2),
        (2, "grew", 3),
    ]
    found = base.desk.difference(1, 2)
    assert [(run, event.kind, event.story) for run, event in found.events] == [(2, "grew", story)]
    assert found.moves == [("b3", "", story)]


def test_unknown_stories_and_runs_are_errors(base):
    with pytest.raises(NotFoundError, match="no story"):
        base.desk.history("s-nothing")
    with pytest.raises(InputError, match="earlier"):
        base.desk.difference(2, 1)
    with pytest.raises(NotFoundError, match="no live run 9"):
        base.desk.difference(1, 9)


def test_a_story_that_left_the_window_is_frozen_and_ends(base, tmp_path):
    story = ids_of(base)["b1"]
    shown = base.story(story)
    report = night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    assert report.facts["events"] == {"ended": 2}
    assert base.story(story) == shown


def test_an_ended_story_is_reopened_within_its_time(base, tmp_path):
    story = ids_of(base)["b1"]
    days = dt.timedelta(days=3)
    ended = night(base, tmp_path, line("x", "A festival with music.", 5), window=days)
    assert ended.facts["events"] == {"ended": 2}
    late = line("b9", f"{BRIDGE}. Nobody was hurt.", 5.5, source="Weekly")
    report = night(base, tmp_path, late, name="late.jsonl", window=days)
    assert report.facts["events"] == {"reopened": 1}
    assert ids_of(base)["b9"] == story
    assert len(base.story(story).article_ids) == 3


def test_an_ended_story_is_not_reopened_after_its_time(base, tmp_path):
    night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    night(base, tmp_path, line("b9", f"{BRIDGE}. It is up again.", 40), name="late.jsonl")
    assert "b9" not in ids_of(base)


def test_a_late_article_finds_its_story(base, tmp_path):
    story = ids_of(base)["b1"]
    night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    night(base, tmp_path, line("late", f"{BRIDGE}. A witness speaks.", 1.5), name="late.jsonl")
    assert ids_of(base)["late"] == story


def test_an_edited_article_is_the_same_article_with_its_headlines(base, tmp_path):
    story = ids_of(base)["b1"]
    edited = line("b1", f"{BRIDGE}. Two were hurt.", 1, title="Corrected: bridge down")
    report = night(base, tmp_path, edited)
    assert report.ingested.updated == 1
    assert len(base.story(story).article_ids) == 2
    assert "Corrected: bridge down" in [a.title for a in base.articles(["b1"]).values()]
    assert [title for _, title in base.desk.history(story).headlines["b1"]] == [BRIDGE[:40].strip()]


def test_an_edit_that_makes_it_another_event_moves_the_article(base, tmp_path):
    before = ids_of(base)
    report = night(base, tmp_path, line("b1", f"{ROBBERY}. All robbers fled.", 1))
    assert ids_of(base)["b1"] == before["r1"]
    # The story has one article left, so it is not shown any more.
    assert report.facts["events"] == {"ended": 1, "grew": 1}
    with pytest.raises(NotFoundError):
        base.story(before["b1"])
    night(base, tmp_path, line("b7", f"{BRIDGE}. Repairs begin.", 2), name="again.jsonl")
    assert ids_of(base)["b7"] == before["b1"]


@pytest.mark.parametrize(
    "published",
    [
        pytest.param("1970-01-02T00:00:00Z", id="1970"),
        pytest.param(None, id="undated"),
        pytest.param((dt.datetime.now(dt.UTC) + dt.timedelta(hours=10)).isoformat(), id="future"),
    ],
)
def test_odd_dates_neither_move_the_window_nor_lose_the_article(base, tmp_path, published):
    before = ids_of(base)
    odd = line("odd", f"{BRIDGE}. Odd clock.", None, published_at=published)
    fine = line("r3", f"{ROBBERY}. A coin was found.", 2)
    report = night(base, tmp_path, odd, fine)
    assert report.facts["events"].get("ended", 0) == 0
    assert ids_of(base)["r3"] == before["r1"]
    assert "odd" in base.articles(["odd"])


def test_a_clock_set_back_changes_nothing(base, tmp_path, monkeypatch):
    before = ids_of(base)

    class Past(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2023, 5, 3, tzinfo=tz)

    monkeypatch.setattr("engine.pipeline.ingest.datetime", Past)
    monkeypatch.setattr("engine.pipeline.reconcile.datetime", Past)
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert ids_of(base)["b3"] == before["b1"]
    assert base.desk.history(before["b1"]).events[-1][0].run == 2


def test_rollback_undoes_a_night_and_going_forward_redoes_it(base, tmp_path):
    before = ids_of(base)
    first = base.generation.name
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    second = base.generation.name
    base.rollback(first)
    assert ids_of(base) == before
    assert len(base.desk.history(before["b1"]).events) == 1
    base.rollback(second)
    assert ids_of(base)["b3"] == before["b1"]
    assert len(base.desk.history(before["b1"]).events) == 2


def test_an_undone_run_is_not_forgotten_and_its_ids_are_not_reused(base, tmp_path):
    first = base.generation.name
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


def test_an_unsteady_clustering_is_held_back(base, tmp_path, monkeypatch):
    before, live = ids_of(base), base.generation.name
    monkeypatch.setattr(selfcheck, "LEAST_JUDGED", 1)
    monkeypatch.setattr(selfcheck, "MOST_CHURN", -0.1)
    report = night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert report.outcome == "held"
    assert "change story" in report.reasons[0]
    assert ids_of(base) == before
    # The article is there; only the stories wait.
    assert base.generation.name != live
    assert base.similar("mayor came bridge", k=1, fold=False)[0].article.id == "b3"
    monkeypatch.undo()
    assert base.nightly(window=WEEK).outcome == "published"
    assert ids_of(base)["b3"] == before["b1"]


def test_a_changed_encoder_is_an_error_until_a_rebuild(base, tmp_path, monkeypatch):
    monkeypatch.setattr(type(base.encoder), "fingerprint", "other")
    with pytest.raises(MismatchError, match="engine rebuild"):
        night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))


def test_ids_survive_another_encoder(base, tmp_path, monkeypatch):
    before = ids_of(base)
    monkeypatch.setattr(type(base.encoder), "fingerprint", "other")
    base.rebuild()
    assert ids_of(base) == before
    night(base, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
    assert {id_: ids_of(base)[id_] for id_ in before} == before
    assert "The encoder changed: 2 of 2 stories kept their id" in " ".join(counts(base.briefing()))


def test_the_first_night_makes_stories_of_a_whole_archive(tmp_path):
    with hashing_base(tmp_path / "base") as base:
        old = [line(f"o{n}", f"{ROBBERY}. Note {n}.", n / 10) for n in range(2)]
        new = [line(f"n{n}", f"{BRIDGE}. Note {n}.", 300 + n / 10) for n in range(2)]
        night(base, tmp_path, *old, *new)
        assert groups(base) == [["n0", "n1"], ["o0", "o1"]]
        again = night(base, tmp_path, line("x", "A festival.", 301), name="x.jsonl")
        assert again.facts["events"] == {"ended": 1}


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
    assert steps == ["ingested", "indexed", "clustered", "checked", "published", "finished"]


def test_old_generations_are_deleted(base, tmp_path):
    for day in range(2, 6):
        text = f"{BRIDGE}. Report {day}."
        night(base, tmp_path, line(f"d{day}", text, day), name=f"{day}.jsonl", keep=2)
    assert len(base.generations()) == 2


def test_what_has_settled_is_not_torn(base, tmp_path, monkeypatch):
    """The clusterer changes its mind; a story that stood for two nights does not."""
    before = ids_of(base)
    night(base, tmp_path, line("x", "A festival with music and cake.", 2))

    def tear(view, index, **_options):
        alone = np.full(len(view), -1, np.int64)
        return Clustering(alone, np.ones(len(view), np.float32))

    monkeypatch.setattr("engine.pipeline.reconcile.group", tear)
    report = night(base, tmp_path, line("y", "A ferry ran aground.", 2.5), name="y.jsonl")
    assert ids_of(base) == before
    assert report.facts["n_regrouped"] == 4
    # Asked for everything anew, it is all as the clusterer says.
    base.cluster()
    assert ids_of(base) == {}


def test_a_small_window_is_clustered_among_older_articles(base, tmp_path, monkeypatch):
    sizes = []

    def look(view, index, **options):
        sizes.append(len(view))
        return by_words(view, index, **options)

    monkeypatch.setattr("engine.pipeline.reconcile.group", look)
    report = night(base, tmp_path, line("x", "A festival with music and cake.", 20))
    assert (report.facts["n_recent"], sizes) == (1, [6])
    monkeypatch.setattr("engine.pipeline.window.CONTEXT", 3)
    night(base, tmp_path, line("y", "A ferry ran aground.", 60), name="y.jsonl")
    assert sizes[-1] == 3


def test_the_same_nights_give_the_same_stories(tmp_path):
    found = []
    for name in ("one", "two"):
        stream = Stream(tmp_path, seed=5)
        with hashing_base(tmp_path / name) as base:
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
