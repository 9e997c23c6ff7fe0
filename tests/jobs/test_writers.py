"""Writers of a base: one at a time, none does work twice, and a killed one loses nothing."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import engine
from engine.disk.lock import writing
from engine.errors import LockedError, NotFoundError
from engine.jobs.rebuilding.embedding import CachingEncoder
from engine.store import Corpus
from tests.jobs.cases import line


def test_the_caching_encoder_never_encodes_twice(tmp_path):
    class Counting:
        fingerprint, dim = "counting", 2
        n_texts = 0

        def encode(self, texts):
            self.n_texts += len(texts)
            return np.tile(np.array([1, 0], np.float32), (len(texts), 1))

    counting = Counting()
    with Corpus(tmp_path / "corpus.sqlite", create=True) as corpus:
        caching = CachingEncoder(counting, corpus)
        assert caching.encode(["a", "b", "a"]).shape == (3, 2)
        caching.encode(["b", "c"])
        assert caching.encode([]).shape == (0, 2)
    assert counting.n_texts == 3


def test_a_second_writer_is_told_who_holds_the_lock(base, tmp_path):
    code = (
        "import engine, sys; from engine.errors import LockedError\n"
        f"try: engine.open({str(tmp_path / 'base')!r}).rebuild()\n"
        "except LockedError as error: sys.exit(str(error))"
    )
    with writing(base.layout, command="a long job"):
        second = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert f"process {os.getpid()}" in second.stderr
        assert "a long job" in second.stderr
        # Readers do not wait.
        assert base.similar("bridge", k=1)


KILLED = """
import engine, sys
from engine.domain import EncoderSpec
with engine.open(sys.argv[1]) as base:
    print("started", flush=True)
    base.rebuild(spec=EncoderSpec("hashing"))
"""


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_killed_rebuild_leaves_the_old_generation_and_its_finished_work(base, tmp_path, delay):
    before = base.reader.generation.name
    more = tmp_path / "more.jsonl"
    more.write_text(
        "\n".join(line(f"m{n}", f"Report number {n} on topic {n}.") for n in range(800))
    )
    base.ingest([more])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(base.layout.root)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    base.refresh()
    assert base.similar("bridge", k=1)
    if base.reader.generation.name == before:
        with Corpus(base.layout.corpus) as corpus:
            n_missing = len(corpus.embeddings.missing(base.reader.encoder.fingerprint))
        assert base.rebuild().n_embedded == n_missing
    assert len(base.reader.generation) == 806
    assert base.verify() == []


def test_nothing_ingested_says_what_to_run(tmp_path):
    with engine.open(tmp_path / "none") as base:
        with pytest.raises(NotFoundError, match="engine ingest"):
            base.rebuild()
        with pytest.raises(NotFoundError, match="engine ingest"):
            base.similar("anything")
        note = tmp_path / "note.txt"
        note.write_text("A bridge collapsed on Monday.")
        base.ingest(note)
        with pytest.raises(NotFoundError, match="engine rebuild"):
            base.similar("anything")


def test_a_lock_is_an_engine_error_with_its_own_code():
    assert LockedError("held").exit_code == 4
