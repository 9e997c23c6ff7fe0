"""One corpus in many threads: reading at once, ending and closing."""

import gc
import threading

import pytest

from engine.errors import ClosedError
from engine.store import Corpus
from engine.store.read_only import Connection
from tests.store.cases import NAME, article, ids, make, names, other_process, put


@pytest.fixture
def path(tmp_path):
    return make(tmp_path)


PAIRS = 60


def put_pairs(path):
    with Corpus(path) as corpus:
        for number in range(PAIRS):
            put(corpus, article(f"one {number}"), article(f"other {number}"))


def test_many_threads_read_at_once_while_a_process_writes(path):
    n_threads = 8
    ready = threading.Barrier(n_threads + 1)
    done = threading.Event()
    failures = []

    def watch(reader):
        try:
            ready.wait(60)
            last = 1
            while last < 1 + 2 * PAIRS:
                finished = done.is_set()
                n_found = len(ids(reader))
                assert n_found % 2 == 1, "half a pair"
                assert n_found >= last, "what was there is gone"
                assert len(reader.full_text.search("drone", 999)[0]) >= n_found
                assert not finished or n_found == 1 + 2 * PAIRS, "what was written is not seen"
                last = n_found
        except BaseException as error:  # noqa: BLE001 - threads tell nobody
            failures.append(error)

    with Corpus(path, read_only=True) as reader, other_process() as writing:
        threads = [threading.Thread(target=watch, args=(reader,)) for _ in range(n_threads)]
        for thread in threads:
            thread.start()
        ready.wait(60)
        writing.submit(put_pairs, path).result()
        done.set()
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert not any(thread.is_alive() for thread in threads)
    assert names(path) == [NAME]


def test_closing_under_threads_that_read_is_told_to_them(path):
    with Corpus(path) as corpus:
        put(corpus, *(article(f"{number}") for number in range(500)))
    # In a process of its own: what went wrong once was a crash.
    with other_process() as pool:
        assert pool.submit(close_under_readers, path).result() == {ClosedError}


def close_under_readers(path):
    seen = set()

    def read_on(corpus, reading):
        try:
            while True:
                ids(corpus)
                reading.release()
        except BaseException as error:  # noqa: BLE001 - threads tell nobody
            seen.add(type(error))

    for _ in range(20):
        corpus, reading = Corpus(path, read_only=True), threading.Semaphore(0)
        threads = [threading.Thread(target=read_on, args=(corpus, reading)) for _ in range(4)]
        for thread in threads:
            thread.start()
        reading.acquire(timeout=60)
        corpus.close()
        for thread in threads:
            thread.join()
    return seen


def test_closing_lets_go_of_what_idle_threads_have_read(path):
    corpus = Corpus(path, read_only=True)
    read_once, leave = threading.Event(), threading.Event()

    def idle():
        ids(corpus)
        read_once.set()
        leave.wait(60)

    thread = threading.Thread(target=idle)
    thread.start()
    assert read_once.wait(60)
    corpus.close()
    assert names(path) == [NAME]
    leave.set()
    thread.join()


def test_threads_that_have_ended_keep_nothing_open(path):
    def n_open():
        gc.collect()
        return sum(type(found) is Connection for found in gc.get_objects())

    with Corpus(path, read_only=True) as corpus:
        before = n_open()
        for _ in range(20):
            thread = threading.Thread(target=ids, args=(corpus,))
            thread.start()
            thread.join()
        assert n_open() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_a_closed_corpus_says_so_in_every_thread(path, read_only):
    corpus = Corpus(path, read_only=read_only)
    corpus.close()
    corpus.close()
    seen = []

    def use():
        for table in ("articles", "full_text", "embeddings", "ledger", "history", "furniture"):
            with pytest.raises(ClosedError, match=r"is closed; open it again with engine\.open"):
                getattr(corpus, table)
        with pytest.raises(ClosedError), corpus.transaction():
            pass
        seen.append(True)

    use()
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert seen == [True, True]
    assert names(path) == [NAME]
