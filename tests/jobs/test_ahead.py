"""What a night does beside what only it can do changes nothing, and fails it where that fails."""

import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import StorageError
from engine.jobs.base.scope import Ground, gather, recent_articles
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.reconcile import reconcile
from engine.jobs.clustering.stages import Linking, stage_moves
from engine.jobs.rebuilding.rebuild import prepare, publish_prepared
from engine.recorded import RunKind
from engine.store.articles import Articles
from engine.workers.local import LocalExecutor
from tests.jobs.night_cases import WEEK, Stream, by_words, hashing_base, line, write


@pytest.fixture
def base(tmp_path):
    """Return a base after a night, with a second one's articles taken in."""
    stream = Stream(tmp_path, n_events=12)
    *first, last = stream.files()
    with hashing_base(tmp_path / "base", clusterer=by_words) as found:
        assert found.nightly(first, window=WEEK).facts.events["born"] > 2
        found.ingest([last, write(tmp_path / "late", line("late", "A late one.", 0))])
        found.rebuild()
        yield found


def ground_of(base, **known):
    return Ground(base.reader.corpus, base.reader.generation.as_content(), base.setup, **known)


class LastPart(LocalExecutor):
    """Works on the parts of a stage once something has happened, if that happens."""

    def __init__(self):
        self.happened = threading.Event()

    def map(self, make, parts, **options):
        if "Naming" in repr(make):
            assert self.happened.wait(20)
        return super().map(make, parts, **options)


def test_stories_are_told_before_they_are_named(base):
    executor, told = LastPart(), []

    def made(events, stories):
        told.append((events, stories))
        executor.happened.set()

    ground = replace(ground_of(base), setup=replace(base.setup, executor=executor))
    found = reconcile(
        ground, kind=RunKind.CLUSTER, fingerprint="", window=None, steady=False, made=made
    )
    ((events, stories),) = told
    assert events == found.run.events
    bare = [replace(story, names=(), keywords=(), origins=()) for story in found.stories]
    assert [replace(story, names=(), keywords=(), origins=()) for story in stories] == bare
    with Linking(ground) as linking:
        assert linking.moves() == ()
        linking.begin(events, stories)
        assert linking.moves() == stage_moves(ground, found.stories, found.run.events)


def test_a_night_that_cannot_link_matters_publishes_nothing(base, tmp_path, monkeypatch):
    before = base.stories(), base.reader.generation.name

    def refuse(*_, **__):
        raise StorageError("full")

    monkeypatch.setattr("engine.jobs.clustering.stages.link_matters", refuse)
    feed = [write(tmp_path / "feed", line("one", "The bridge was opened.", 8))]
    with pytest.raises(StorageError):
        base.nightly(feed, window=WEEK)
    base.refresh()
    assert (base.stories(), base.reader.generation.name) == before
    monkeypatch.undo()
    assert base.nightly(feed, window=WEEK).outcome == "published"


def test_the_window_that_was_read_ahead_is_not_read_again(base, monkeypatch):
    corpus = base.reader.corpus
    for run in (base.reader.generation.manifest.run, 0):
        before = corpus.history.run(run)
        known = recent_articles(corpus, before, WEEK)
        ground = replace(ground_of(base), known_articles={})
        ground = replace(ground, content=replace(ground.content, run=run))
        plain = gather(ground, WEEK)
        wanted: list[int] = []
        by_keys = Articles.by_keys
        monkeypatch.setattr(
            Articles,
            "by_keys",
            lambda self, keys, w=wanted, b=by_keys: w.extend(keys) or b(self, keys),
        )
        scope = gather(replace(ground, known_articles=known), WEEK)
        monkeypatch.undo()
        assert set(wanted).isdisjoint(known)
        assert {*wanted, *known} == set(scope.keys.tolist())
        assert scope.articles == plain.articles
        assert all(
            np.array_equal(getattr(scope, name), getattr(plain, name))
            for name in ("keys", "recent", "bound", "new")
        )


def test_live_stories_are_read_when_they_are_asked_for(base):
    stories = base.stories()
    with Writer.open(base.layout, command="a test", setup=base.setup) as writer:
        prepared = prepare(writer, spec=None)
        assert not prepared.keys
        carried = prepared.content.stories
        assert list(carried) == [*carried[:1], *carried[1:]] == stories
        assert carried[0] == stories[0]
        assert prepared.keys == writer.corpus.articles.keys_of(
            [id_ for story in stories for id_ in story.article_ids]
        )
        publish_prepared(writer, prepared)
    base.refresh()
    assert base.stories() == stories


def test_workers_import_nothing_that_opens_a_base():
    script = (
        "import sys; from engine.jobs.clustering.loading import load_stages; load_stages();"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    spared = ("engine.store", "engine.generations", "engine.jobs.base", "sqlite3")
    assert not [name for name in loaded if name.startswith(spared)]
    assert {"engine.stories.leads", "engine.origins.texts", "faiss", "babel.core"} <= {*loaded}
