"""A base that workers made is the one that a single process makes, whatever is killed."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.domain import EncoderSpec, embedding_text, text_hash
from engine.encoding import HashingEncoder
from engine.errors import EncoderError, MismatchError
from engine.facade import Base
from engine.index.faiss_build import build_index
from engine.index.time_shards import nearest_in_shards
from engine.jobs.base.setup import OWN_ENCODER, Setup
from engine.jobs.rebuilding.embedding import TEXTS_AT_ONCE, Opening
from engine.same_event.window import article_window
from engine.store import Corpus
from engine.stories.partition import judge, judge_near, partition
from engine.workers.dealing import AHEAD
from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor
from tests.workers.cases import DeadlyStages, ElsewhereExecutor, NotingEncoder

# Ray leaves processes and files to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore")

SAMPLE = Path(__file__).resolve().parents[2] / "engine" / "sample"
HASHING = EncoderSpec("hashing")
ROOT = Path(__file__).resolve().parents[2]


def made(folder, executor):
    """Make a base of the sample; return its articles, vectors and stories."""
    with Base(folder, Setup(executor=executor)) as base:
        base.ingest([SAMPLE])
        base.rebuild(spec=HASHING)
        base.cluster()
        blocks = list(base.iter_vectors())
        ids = [id_ for some, _ in blocks for id_ in some]
        return ids, np.concatenate([vectors for _, vectors in blocks]), base.stories()


def same(one, other):
    return one[0] == other[0] and np.array_equal(one[1], other[1]) and one[2] == other[2]


def many(n_articles):
    return [
        {"title": f"Item {n}", "text": f"Report {n} of the day.", "language": "en"}
        for n in range(n_articles)
    ]


def hashes(articles):
    return [text_hash(embedding_text(row["title"], row["text"])).hex() for row in articles]


def test_workers_elsewhere_make_the_same_base(tmp_path):
    local = made(tmp_path / "local", LocalExecutor())
    assert local[2]
    assert same(made(tmp_path / "elsewhere", ElsewhereExecutor()), local)
    assert not list((tmp_path / "elsewhere" / "generations").glob(".*"))


def test_a_window_in_shards_gives_the_same_stories(tmp_path):
    with Base(tmp_path / "base") as base:
        base.ingest([SAMPLE])
        base.rebuild(spec=HASHING)
        articles = list(base.iter_articles())
        vectors = np.concatenate([vectors for _, vectors in base.iter_vectors()])
    window = article_window(articles, np.ascontiguousarray(vectors))
    (folder := tmp_path / "shards").mkdir()

    def in_shards(view):
        return nearest_in_shards(
            LocalExecutor(),
            folder,
            view.vectors,
            view.published,
            41,
            most_rows=11,
            flat_rows=1000,
            reach=np.inf,
        )

    sharded = partition(window, judge_near(window, in_shards))
    whole = partition(window, judge(window, build_index))
    np.testing.assert_array_equal(sharded.labels, whole.labels)
    np.testing.assert_array_equal(sharded.strengths, whole.strengths)


def test_an_encoder_is_sent_by_its_name():
    class Heavy(HashingEncoder):
        def __reduce__(self):
            raise AssertionError("its weights are sent")

    encoder = Heavy()
    sent = pickle.loads(pickle.dumps(Opening(HASHING, encoder.fingerprint, encoder)))
    assert sent == Opening(HASHING, encoder.fingerprint, None)
    with pytest.raises(AssertionError, match="weights"):
        pickle.dumps(Opening(OWN_ENCODER, encoder.fingerprint, encoder))


def test_a_worker_with_another_encoder_is_refused():
    with pytest.raises(MismatchError, match="same engine on every node"):
        Opening(HASHING, "hashing|of another day", None)()


class Stopped(BaseException):
    """Stands for a kill: no handler of the engine catches it."""


class StoppingExecutor(ElsewhereExecutor):
    """Is killed after some parts."""

    def __init__(self, n_parts):
        self.n_parts = n_parts

    def map(self, make, parts, **wishes):
        answers = super().map(make, parts, **wishes)
        for number, answer in enumerate(answers):
            if number == self.n_parts:
                raise Stopped
            yield answer


def test_what_is_committed_is_not_embedded_again(tmp_path):
    encoder, articles = NotingEncoder(tmp_path / "noted"), many(4 * TEXTS_AT_ONCE)
    with Base(tmp_path / "base", Setup(encoder, executor=StoppingExecutor(2))) as base:
        base.ingest(articles)
        with pytest.raises(Stopped):
            base.rebuild()
    with Base(tmp_path / "base", Setup(encoder)) as base:
        report = base.rebuild()
    assert report.n_embedded == 2 * TEXTS_AT_ONCE
    noted = encoder.noted()
    times = sorted(noted[digest] for digest in hashes(articles))
    assert times == [1] * 3 * TEXTS_AT_ONCE + [2] * TEXTS_AT_ONCE, "one part was being encoded"


class FailingEncoder(HashingEncoder):
    """Cannot encode one of the texts."""

    def encode(self, texts):
        if any("Report 700 " in text for text in texts):
            raise EncoderError("this text is too much")
        return super().encode(texts)


def test_parts_before_one_that_fails_are_kept(tmp_path):
    with Base(tmp_path / "base", Setup(FailingEncoder())) as base:
        base.ingest(many(2 * TEXTS_AT_ONCE + 300))
        with pytest.raises(EncoderError, match="too much"):
            base.rebuild()
    with Base(tmp_path / "base", Setup(HashingEncoder())) as base:
        assert 0 < base.rebuild().n_embedded < 2 * TEXTS_AT_ONCE + 300


@pytest.mark.slow
class TestOnRay:
    def test_two_nodes_make_the_same_base(self, two_nodes, tmp_path):
        with RayExecutor(two_nodes.address) as executor:
            found = made(tmp_path / "ray", executor)
        assert same(found, made(tmp_path / "local", LocalExecutor()))

    def test_a_worker_killed_in_each_stage_changes_nothing(self, two_nodes, tmp_path):
        with DeadlyStages(two_nodes.address, tmp_path) as executor:
            found = made(tmp_path / "ray", executor)
            killed = {path.name for path in tmp_path.glob("killed-*")}
            stages = ["vectors", "readings", "indexes", "neighbours", "leads", "names", "texts"]
            stages.append("origins")
            assert killed == {f"killed-{n}" for n, _ in enumerate(stages, 1)}
            assert executor.n_stages == len(stages)
        assert same(found, made(tmp_path / "local", LocalExecutor()))

    def test_a_killed_driver_is_run_again(self, two_nodes, tmp_path):
        encoder = NotingEncoder(tmp_path / "noted", 0.5)
        articles = many(12 * TEXTS_AT_ONCE)
        for name in ("killed", "calm"):
            with Base(tmp_path / name) as base:
                base.ingest(articles)
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, two_nodes.address, tmp_path / "killed", encoder.log],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        before = wait_for_some(driver, tmp_path / "killed", encoder.fingerprint, hashes(articles))
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        with (
            RayExecutor(two_nodes.address) as executor,
            Base(tmp_path / "killed", Setup(encoder, executor=executor)) as base,
        ):
            report = base.rebuild()
            assert report.n_embedded < 12 * TEXTS_AT_ONCE
            killed = np.concatenate([vectors for _, vectors in base.iter_vectors()])
        noted = encoder.noted()
        assert {noted[digest] for digest in before} == {1}
        at_work = AHEAD * 2 * TEXTS_AT_ONCE
        n_encoded = sum(noted[digest] for digest in hashes(articles))
        assert n_encoded <= len(articles) + at_work
        with Base(tmp_path / "calm", Setup(NotingEncoder(tmp_path / "others"))) as base:
            base.rebuild()
            calm = np.concatenate([vectors for _, vectors in base.iter_vectors()])
        np.testing.assert_array_equal(killed, calm)


DRIVER = """
import sys
from engine.facade import Base
from engine.jobs.base.setup import Setup
from engine.workers.on_ray import RayExecutor
from tests.workers.cases import NotingEncoder
address, folder, log = sys.argv[1:]
with Base(folder, Setup(NotingEncoder(log, 0.5), executor=RayExecutor(address))) as base:
    base.rebuild()
"""


def wait_for_some(driver, folder, fingerprint, hashes):
    """Wait until a driver has committed two parts; return those of `hashes` that it has."""
    while driver.poll() is None:
        with Corpus(folder / "corpus.sqlite", read_only=True) as corpus:
            known = corpus.embeddings.get(fingerprint, [bytes.fromhex(each) for each in hashes])
        if len(known) >= 2 * TEXTS_AT_ONCE:
            return [digest.hex() for digest in known]
        time.sleep(0.1)
    raise AssertionError("the driver ended before it was killed")
