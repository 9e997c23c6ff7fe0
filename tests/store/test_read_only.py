"""A corpus that is only read: wherever it lies, whoever writes to it meanwhile."""

import importlib
import os
import shutil
import sqlite3
import tempfile
import threading
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import (
    DamagedError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from engine.store import Corpus
from engine.store.read_only import ReadOnlyFile
from engine.store.upgrades import SCHEMA_VERSION
from tests.store.cases import (
    NAME,
    article,
    ids,
    make,
    make_earlier,
    names,
    other_process,
    put,
)

NOBODY = 65534
"""Number of a user who owns nothing."""

IS_ROOT = os.geteuid() == 0


def drop_rights():
    importlib.import_module("urllib.parse")  # which Python may be unable to read afterwards
    """Become a user whom the permissions of files bind; they bind all but root."""
    if IS_ROOT:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


@pytest.fixture(scope="module")
def outsider():
    """Give a process that may not write what this one has made read-only."""
    with other_process(initializer=drop_rights) as pool:
        try:
            uid = pool.submit(os.geteuid).result()
        except BrokenProcessPool:
            pytest.skip("this root may not become another user")
        assert uid != 0
        yield pool


@pytest.fixture
def path(tmp_path):
    return make(tmp_path)


@pytest.fixture
def shared():
    """Return a corpus in a folder that everybody can reach; those of pytest are private."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield make(folder)
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def permissions(path, *, file, folder):
    """Give the files of a corpus and its folder other permissions for a while."""
    for one in path.parent.iterdir():
        one.chmod(file)
    path.parent.chmod(folder)
    try:
        yield
    finally:
        path.parent.chmod(0o755)
        for one in path.parent.iterdir():
            one.chmod(0o644)


def read(path):
    """Return the ids of the articles, how many a word finds, and the files there are meanwhile."""
    with Corpus(path, read_only=True) as corpus:
        return ids(corpus), len(corpus.full_text.search("drone", 9)[0]), names(path)


held: dict[str, Corpus] = {}
"""A corpus that the outsider keeps open between calls."""


def hold(path):
    held["corpus"] = Corpus(path, read_only=True)
    return look()


def look():
    return ids(held["corpus"])


def let_go():
    held.pop("corpus").close()


WRITES = {
    "articles": lambda corpus: corpus.articles.upsert([article("b")]),
    "words": lambda corpus: corpus.full_text.add([(9, "title", "body")]),
    "cleaner": lambda corpus: corpus.set_cleaner("other"),
    "ledger": lambda corpus: corpus.ledger.recover(1, "generation"),
    "anything": lambda corpus: corpus._connection.execute("DROP TABLE articles"),
}


@pytest.mark.parametrize("what", WRITES)
def test_every_write_is_refused(path, what):
    before = path.read_bytes()
    with Corpus(path, read_only=True) as corpus:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            WRITES[what](corpus)
        with pytest.raises(StorageError, match="cannot be written"), corpus.transaction():
            WRITES[what](corpus)
        assert ids(corpus) == ["a"]
        assert corpus.check() == []
    assert path.read_bytes() == before


def test_a_reader_leaves_no_files_behind(path):
    assert read(path) == (["a"], 1, [NAME, f"{NAME}-shm", f"{NAME}-wal"])
    assert names(path) == [NAME]


@pytest.mark.parametrize(
    ("file", "folder"), [(0o444, 0o555), (0o444, 0o777)], ids=["nothing", "files beside it"]
)
def test_who_may_not_write_the_file_reads_it_and_makes_none(outsider, shared, file, folder):
    with permissions(shared, file=file, folder=folder):
        assert outsider.submit(read, shared).result() == (["a"], 1, [NAME])
        assert names(shared) == [NAME]
    with Corpus(shared) as writer:
        put(writer, article("b"))
    assert read(shared)[0] == ["a", "b"]


def test_what_a_killed_writer_left_is_read_or_named(outsider, shared):
    with Corpus(shared) as writer:
        put(writer, article("b"))
        for suffix in ("", "-wal", "-shm"):
            shutil.copy(f"{shared}{suffix}", f"{shared.parent}/killed.sqlite{suffix}")
    shared.unlink()
    killed = shared.with_name("killed.sqlite")
    with permissions(killed, file=0o444, folder=0o555):
        assert outsider.submit(read, killed).result()[0] == ["a", "b"]
    Path(f"{killed}-shm").unlink()
    for folder in (0o555, 0o777):
        with permissions(killed, file=0o444, folder=folder):
            with pytest.raises(StorageError, match=r"killed\.sqlite-wal that cannot be read"):
                outsider.submit(read, killed).result()
            assert names(killed) == ["killed.sqlite", "killed.sqlite-wal"]
    # What the message advises.
    assert read(killed)[0] == ["a", "b"]
    assert names(killed) == ["killed.sqlite"]


def test_a_reader_sees_what_a_writer_commits_later(path):
    with Corpus(path, read_only=True) as reader:
        assert ids(reader) == ["a"]
        with Corpus(path) as writer:
            put(writer, article("b"))
            with writer.transaction():
                writer.articles.upsert([article("c")])
                assert ids(reader) == ["a", "b"]
            assert ids(reader) == ["a", "b", "c"]
        assert ids(reader) == ["a", "b", "c"]
        with other_process() as writing:
            writing.submit(put_one, path, "d").result()
        assert ids(reader) == ["a", "b", "c", "d"]
    assert names(path) == [NAME]


def put_one(path, id_):
    with Corpus(path) as corpus:
        put(corpus, article(id_))


@pytest.mark.skipif(not IS_ROOT, reason="only root writes what another user may only read")
def test_a_reader_without_the_right_to_write_follows_a_writer(outsider, shared):
    def see():
        return outsider.submit(look).result()

    assert outsider.submit(hold, shared).result() == ["a"]
    put_one(shared, "b")  # nobody else has it open before and after
    assert see() == ["a", "b"]
    with Corpus(shared) as writer:
        assert see() == ["a", "b"]
        put(writer, article("c"))
        assert see() == ["a", "b", "c"]
        put(writer, article("d"))
        assert see() == ["a", "b", "c", "d"]
    assert see() == ["a", "b", "c", "d"]
    put_one(shared, "e")
    assert see() == ["a", "b", "c", "d", "e"]
    outsider.submit(let_go).result()
    put_one(shared, "f")
    assert names(shared) == [NAME]
    assert outsider.submit(read, shared).result()[0] == ["a", "b", "c", "d", "e", "f"]


@pytest.mark.skipif(not IS_ROOT, reason="only root writes what another user may only read")
def test_changes_that_cannot_be_read_are_told_until_they_can(outsider, shared, tmp_path):
    outsider.submit(hold, shared).result()
    with Corpus(make(tmp_path)) as elsewhere:
        put(elsewhere, article("b"))
        shutil.copy(tmp_path / f"{NAME}-wal", f"{shared}-wal")
    for _ in range(2):
        with pytest.raises(StorageError, match="has changes beside it"):
            outsider.submit(look).result()
    Path(f"{shared}-wal").unlink()
    assert outsider.submit(look).result() == ["a"]
    outsider.submit(let_go).result()


def test_a_reader_waits_for_one_who_has_the_file_to_himself(path):
    alone = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    alone.execute("PRAGMA locking_mode = EXCLUSIVE")
    alone.execute("INSERT INTO settings VALUES ('mine', '1')")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        ReadOnlyFile(path).connect(timeout=0.05)
    leaving = threading.Timer(0.2, alone.close)
    leaving.start()
    assert read(path)[0] == ["a"]
    leaving.join()
    assert names(path) == [NAME]


def test_an_old_file_is_brought_up_to_date_where_that_is_allowed(path):
    make_earlier(path, "1")
    with Corpus(path, read_only=True) as corpus:
        assert corpus._connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert [found.author for found in corpus.articles.by_keys([1]).values()] == [""]
        assert corpus.furniture.by_source() == {}
        with pytest.raises(StorageError):
            put(corpus, article("b"))
    assert names(path) == [NAME]


@pytest.mark.parametrize("shape", ["1", "2, with checksums to come"])
def test_an_old_file_that_may_not_be_written_is_named_with_the_way_out(outsider, shared, shape):
    make_earlier(shared, shape)
    before = shared.read_bytes()
    with permissions(shared, file=0o444, folder=0o555):
        with pytest.raises(
            MismatchError,
            match=rf"has schema {shape[0]}, .*run 'engine status' once where it can be written",
        ):
            outsider.submit(read, shared).result()
        assert names(shared) == [NAME]
    assert shared.read_bytes() == before


def test_what_cannot_be_read_is_named(tmp_path, path):
    with pytest.raises(NotFoundError, match="run 'engine ingest' first"):
        Corpus(tmp_path / "none.sqlite", read_only=True)
    (tmp_path / "text.sqlite").write_text("no database\n" * 100)
    with pytest.raises(DamagedError, match="run 'engine import'"):
        Corpus(tmp_path / "text.sqlite", read_only=True)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(MismatchError, match="upgrade the engine"):
        Corpus(path, read_only=True)


def test_a_folder_that_may_not_be_entered_is_named(outsider, shared):
    with (
        permissions(shared, file=0o644, folder=0o000),
        pytest.raises(StorageError, match=r"cannot be used \(Permission denied\); give permission"),
    ):
        outsider.submit(read, shared).result()


def test_a_base_that_is_deleted_under_a_reader_is_named(outsider, shared):
    with permissions(shared, file=0o444, folder=0o555):
        assert outsider.submit(hold, shared).result() == ["a"]
    shared.unlink()
    with pytest.raises(NotFoundError, match="any more; run 'engine ingest' for new ones"):
        outsider.submit(look).result()
    make(shared.parent)
    outsider.submit(let_go).result()


def test_a_file_that_may_not_be_read_is_named(outsider, shared):
    with (
        permissions(shared, file=0o000, folder=0o755),
        pytest.raises(StorageError, match=r"corpus\.sqlite cannot be read; give read permission"),
    ):
        outsider.submit(read, shared).result()
