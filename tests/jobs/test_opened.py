"""An open base: readers hold a generation and need no right to write; what varies is passed in."""

import gc
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.disk.lock import writing
from engine.encoding import HashingEncoder
from engine.errors import ClosedError, EncoderError, InputError, MismatchError, NotFoundError
from engine.jobs.base.reader import Reader
from engine.jobs.base.setup import OWN_ENCODER
from engine.jobs.clustering.forget import Selection
from engine.store import ArticleFilter
from tests.cli.cases import invoke
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line
from tests.jobs.night_cases import by_words


def hits_of(found):
    return [hit.to_dict() for hit in found]


@pytest.mark.parametrize("below", [".", "base"])
def test_a_file_is_no_base(tmp_path, below, capsys):
    path = tmp_path / "feed.jsonl"
    path.write_text("{}")
    for folder in (path / below, str(path / below)):
        with pytest.raises(InputError, match="is a file; expected the folder of a base"):
            engine.open(folder)
    for words in (["verify"], ["similar", "river"], ["rebuild"], ["ingest", "x"]):
        code, _, said = invoke(capsys, *words, "--indexes", path / "base")
        assert (code, "expected the folder of a base" in said) == (1, True)


# Readers

READS_AS_ANYBODY = """
import os, sys
import engine

def answers(folder):
    with engine.open(folder) as base:
        hits = [hit.article.id for hit in base.similar("stone bridge", k=3, fold=False)]
        return hits, base.stories(), base.status().n_articles, base.verify()

warm, folder = sys.argv[1:]
expected = answers(warm)  # also loads what nobody but the owner may be able to load
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open(os.path.join(folder, "probe"), "w")
except PermissionError:
    assert answers(folder) == expected
    print("read")
"""


@pytest.fixture
def shown(base):
    """Return a copy of a base with stories that anybody may read and nobody may change."""
    base.cluster()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(shutil.copytree(base.layout.root, Path(folder) / "base"))
        paths = [copy, *copy.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield copy
        for path in paths:
            if path.is_dir():
                path.chmod(stat.S_IRWXU)


def test_a_reader_needs_no_right_to_write(base, shown):
    before = sorted((path, path.stat().st_mtime_ns) for path in shown.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", READS_AS_ANYBODY, base.layout.root, shown],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "read\n"), done.stderr
    assert sorted((path, path.stat().st_mtime_ns) for path in shown.rglob("*")) == before


def test_a_reader_takes_no_lock_and_waits_for_none(base):
    with writing(base.layout, command="a long job"), Reader.open(base.layout) as reader:
        assert len(reader.generation) == 6
        with engine.open(base.layout.root) as other:
            assert other.similar("bridge", k=1)
            assert other.status().n_articles == 6


def test_stories_that_a_publication_leaves_as_they_are_are_not_made_again(base):
    base.cluster()
    reader = base.reader
    before = dict(reader.stories)
    with engine.open(base.layout.root) as other:
        other.pin(next(iter(before.values())).article_ids[0])
    now = reader.follow()
    assert now is not reader
    assert dict(now.stories) == before
    assert all(now.stories[id_] is story for id_, story in before.items())


def test_a_reader_holds_its_generation_and_follows_when_asked(base):
    reader, before = base.reader, base.reader.generation.name
    assert reader.follow() is reader
    with engine.open(base.layout.root) as other:
        other.cluster()
        assert other.reader.generation.name != before
    assert base.reader is reader
    assert (reader.generation.name, base.stories()) == (before, [])
    now = reader.follow()
    assert now is not reader
    assert now.generation.name != before
    assert len(now.generation.stories()) == 2
    # What is held stays as it was, and the base itself follows when it is told to.
    assert reader.generation.name == before
    assert base.stories() == []
    base.refresh()
    assert base.reader.generation.name == now.generation.name
    assert len(base.stories()) == 2


def test_what_is_made_once_is_made_once_for_a_generation(base):
    made = []

    def make(reader):
        made.append(reader.generation.name)
        return object()

    reader = base.reader
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(reader.once, [make] * 40))
    assert len(found) == len(made) == 1
    base.cluster()
    assert base.reader.once(make) is not found.pop()
    assert made == [reader.generation.name, base.reader.generation.name]


def test_threads_and_readers_share_an_encoder_one_at_a_time(base):
    class Alone(HashingEncoder):
        n_inside, most = 0, 0

        def encode(self, texts):
            self.n_inside += 1
            self.most = max(self.most, self.n_inside)
            time.sleep(0.002)
            self.n_inside -= 1
            return super().encode(texts)

    alone = Alone()
    with engine.open(base.layout.root, encoder=alone) as own:
        earlier = own.reader
        own.similar("bridge")
        base.cluster()
        own.refresh()
        assert own.reader is not earlier
        alone.most = 0
        with ThreadPoolExecutor(8) as pool:
            readers = [earlier, own.reader] * 20
            list(pool.map(lambda reader: reader.encode(["bridge"]), readers))
    assert alone.most == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda base: base.similar("bridge"),
        lambda base: base.query(id="b1"),
        lambda base: base.stories(),
        lambda base: base.articles(["b1"]),
        lambda base: base.status(),
        lambda base: base.ingest([]),
        lambda base: base.rebuild(),
        lambda base: base.nightly(),
        lambda base: base.pin("b1"),
        lambda base: base.prune(keep=1),
        lambda base: base.rehearsal().__enter__(),
        lambda base: base.reader,
        lambda base: base.refresh(),
        lambda base: base.verify(),
        lambda base: base.generations(),
        lambda base: base.evaluate(Path("gold.jsonl")),
        lambda base: base.replay("feed.jsonl"),
        lambda base: base.clean("feed.jsonl"),
        lambda base: base.export(Path("base.tar")),
    ],
)
def test_a_closed_base_says_so_in_a_sentence(base, use):
    base.stories()
    base.close()
    base.close()
    with pytest.raises(ClosedError, match=r"was closed; open it again with engine\.open"):
        use(base)


def test_what_was_held_of_a_closed_base_says_so_too(base):
    reader = base.reader
    base.close()
    with pytest.raises(ClosedError, match=r"open it again with engine\.open"):
        reader.articles(["b1"])


# An encoder of one's own


class Counting(HashingEncoder):
    """An encoder that counts the texts that it was given."""

    n_texts = 0

    def encode(self, texts):
        self.n_texts += len(texts)
        return super().encode(texts)


@pytest.fixture
def own(base):
    """Return the base, which a named encoder made, opened with another of one's own."""
    with engine.open(base.layout.root, encoder=Counting(64)) as opened:
        yield opened


def test_vectors_of_another_fingerprint_are_refused(own):
    for ask in (lambda: own.query("bridge"), lambda: own.similar("bridge"), own.nightly):
        with pytest.raises(MismatchError, match="engine rebuild"):
            ask()
    (problem,) = own.verify()
    assert "hashing|dim=64" in problem
    # What needs no encoder is answered.
    assert own.similar(own.query(id="r1"), k=1)[0].article.id == "r2"
    assert own.stories() == []


def test_a_rebuild_embeds_everything_anew_and_once(own, feed):
    report = own.rebuild()
    assert (report.encoder_before, report.n_embedded) == ("hashing", 6)
    manifest = own.reader.generation.manifest
    assert (manifest.encoder, manifest.dim) == (OWN_ENCODER, 64)
    assert manifest.fingerprint == own.setup.encoder.fingerprint
    assert own.similar("stone bridge collapsed", k=1)[0].article.id.startswith("b")
    assert own.verify() == []
    n_texts = own.setup.encoder.n_texts
    again = own.rebuild()
    assert (again.encoder_before, again.n_embedded) == ("", 0)
    own.ingest(feed)
    assert own.nightly().n_embedded == 0
    assert own.setup.encoder.n_texts == n_texts


def test_a_base_is_not_read_with_another_encoder_than_made_it(own, base):
    own.rebuild()
    base.refresh()
    for ask in (lambda: base.similar("bridge"), base.rebuild, base.nightly):
        with pytest.raises(EncoderError, match=r"engine\.open\(encoder=\.\.\.\)"):
            ask()
    assert base.stories() == []
    (problem,) = base.verify()
    assert "engine.open(encoder=...)" in problem
    with engine.open(base.layout.root, encoder=HashingEncoder(32)) as third:
        with pytest.raises(MismatchError, match=r"dim=64.*dim=32"):
            third.similar("bridge")
        # Also where the base changes while it is open.
        third.rebuild()
        assert third.similar("bridge")
        own.rebuild()
        third.refresh()
        with pytest.raises(MismatchError, match=r"dim=64.*dim=32"):
            third.similar("bridge")


def test_going_back_to_a_named_encoder_is_a_rebuild(own, base):
    own.rebuild()
    assert base.rebuild(spec=HASHING).encoder_before == "own"
    assert base.similar("stone bridge", k=1)[0].article.id.startswith("b")


# A clusterer, a clock and progress of one's own


def test_a_clusterer_of_one_s_own_makes_the_stories(base, tmp_path):
    seen = []

    def look(window, judged, *, granularity, progress):
        seen.append(len(window))
        return by_words(window, judged, granularity=granularity, progress=progress)

    with engine.open(base.layout.root, clusterer=look) as own:
        own.cluster()
        assert seen == [6]
        more = tmp_path / "more.jsonl"
        more.write_text("\n".join(line(f"n{n}", f"{BRIDGE} Note {n}.") for n in range(6)))
        own.nightly(more)
        story = next(story for story in own.stories() if "n0" in story.article_ids)
        assert "b1" in story.article_ids
        assert seen == [6, 12]


def test_no_garbage_is_looked_for_while_articles_are_clustered(base):
    found = []

    def look(window, judged, *, granularity, progress):
        found.append(gc.isenabled())
        return by_words(window, judged, granularity=granularity, progress=progress)

    with engine.open(base.layout.root, clusterer=look) as own:
        own.cluster()
        more = own.layout.root / "more.jsonl"
        more.write_text(line("n0", BRIDGE))
        own.nightly(more)
    assert found == [False, False]
    assert gc.isenabled()


def test_a_clock_of_one_s_own_dates_runs_and_generations(base):
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
    with engine.open(base.layout.root, clock=lambda: later) as own:
        own.cluster()
        assert own.reader.generation.manifest.created == later
        run = own.reader.corpus.history.run(1)
        assert run is not None
        assert run.at == later
        older, live = own.status().generations
        assert live.age_hours == 0
        assert older.age_hours == pytest.approx(400 * 24, abs=1)


def test_a_base_tells_of_its_progress(base):
    told = []
    with engine.open(base.layout.root, progress=lambda *said: told.append(said)) as own:
        own.rebuild()
    assert ("articles indexed", 6, 6) in told


# Paths and questions


def test_a_string_is_one_path(base, feed, tmp_path):
    assert base.ingest(str(feed)).unchanged == 6
    assert base.ingest(feed).unchanged == 6
    assert base.nightly(str(feed)).ingested.unchanged == 6
    assert next(base.clean(str(feed))).article.id == "b1"
    missing = base.ingest(str(tmp_path / "nowhere.jsonl"))
    assert [reject.file for reject in missing.rejects] == [str(tmp_path / "nowhere.jsonl")]
    assert base.replay(str(feed), spec=HASHING).n_articles == 6


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"k": 2, "fold": False},
        {"mode": "dense"},
        {"mode": "lexical"},
        {"mode": "hybrid", "minimum": 0.1},
        {"which": ArticleFilter(sources=("Weekly",))},
    ],
)
def test_asking_for_each_is_asking_one_by_one(base, wanted):
    base.cluster()
    queries = ["stone bridge", base.query(id="r1"), "!!!", ROBBERY, base.query(BRIDGE), "cake"]
    found = base.similar_to_each(queries, **wanted)
    assert [hits_of(hits) for hits in found] == [
        hits_of(base.similar(query, **wanted)) for query in queries
    ]
    assert found[2] == []
    assert any(found)
    assert base.similar_to_each([], **wanted) == []


def test_a_query_and_its_hits_outlive_the_generation(base):
    """Rows move when an article is forgotten; what was asked for before is still that."""
    query, text = base.query(id="r1"), base.query("Robbers took gold coins")
    hits = base.similar(query, k=5, fold=False)
    why = dict(zip([hit.article.id for hit in hits], base.why(query, hits), strict=True))
    base.forget(Selection(ids=("b1",)))
    expected = base.similar(base.query(id="r1"), k=5, fold=False)
    assert "r1" not in [hit.article.id for hit in expected]
    assert hits_of(base.similar(query, k=5, fold=False)) == hits_of(expected)
    assert hits_of(base.similar(text)) == hits_of(base.similar("Robbers took gold coins"))
    (told,) = base.why(query, [hit for hit in hits if hit.article.id == "r2"])
    assert told.sentences == why["r2"].sentences
    assert told.explanation.cosine == pytest.approx(why["r2"].explanation.cosine, abs=0.1)
    with pytest.raises(NotFoundError, match="b1"):
        base.why(query, [hit for hit in hits if hit.article.id == "b1"])
    # Vectors of another length cannot be compared at all.
    with engine.open(base.layout.root, encoder=HashingEncoder(64)) as own:
        own.rebuild()
        assert hits_of(own.similar(text)) == hits_of(own.similar("Robbers took gold coins"))
        assert np.shape(own.query(id="r1").vector) == (1, 64)
