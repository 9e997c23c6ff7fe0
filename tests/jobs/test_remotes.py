"""A base is sent by its writer and followed by others, which answer as it does."""

import pytest

import engine
from engine.disk.lock import pushing, writing
from engine.errors import (
    DamagedError,
    LockedError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from engine.jobs.base.remotes import pull_base
from engine.remote.contents import path_of
from engine.remote.folder import open_remote
from engine.remote.keeping import rollback_remote

NEW = "A ferry ran aground near the harbour in thick fog, and all passengers were saved."


@pytest.fixture
def url(tmp_path):
    return str(tmp_path / "remote")


@pytest.fixture
def replica(base, url, tmp_path):
    base.cluster()
    base.push(url)
    with engine.open(tmp_path / "replica") as other:
        other.pull(url)
        yield other


def answers(base):
    hits = base.similar("a bridge collapsed after rain", k=3)
    return [(hit.article.id, hit.article.title, hit.cosine) for hit in hits], base.stories()


def add(base, id_="new", text=NEW):
    base.ingest([{"id": id_, "text": text, "language": "en"}])
    base.rebuild()
    base.cluster()


def test_a_replica_answers_as_the_base_and_follows_it(base, replica, url):
    assert answers(replica) == answers(base)
    assert replica.verify() == []
    add(base)
    sent = base.push(url)
    assert 0 < sent.n_sent_bytes < sent.n_bytes
    held = replica.reader  # as a request holds it
    before = held.generation.name
    taken = replica.pull(url)
    assert (taken.generation, taken.new) == (sent.generation, True)
    assert held.generation.name == before
    assert len(held.articles(["b1", "new"])) == 2  # newer articles, as in every night
    assert answers(replica) == answers(base)
    assert [hit.article.id for hit in replica.similar(NEW, k=1)] == ["new"]
    assert replica.verify(full=True) == []
    again = replica.pull(url)
    assert (again.n_bytes, again.new) == (0, False)


def test_what_was_learnt_goes_with_it_and_goes_away_with_it(base, replica, url):
    base.cluster(granularity="coarser")
    base.push(url)
    replica.pull(url)
    assert replica.layout.granularity.read_bytes() == base.layout.granularity.read_bytes()
    base.layout.granularity.unlink()
    base.push(url)
    replica.pull(url)
    assert not replica.layout.granularity.exists()


def test_files_that_did_not_change_are_shared_by_the_generations(base, replica, url):
    old = replica.layout.generation(replica.reader.generation.name).index
    base.merge([story.id for story in base.stories()][:2])
    base.push(url)
    new = replica.layout.generation(replica.pull(url).generation).index
    assert new != old
    assert new.samefile(old)


def test_a_base_with_something_of_its_own_is_not_replaced_unless_forced(base, replica, url):
    replica.ingest([{"id": "own", "text": "Only here is this told.", "language": "en"}])
    add(base)
    base.push(url)
    with pytest.raises(MismatchError, match=r"corpus\.sqlite holds what .* does not.*--force"):
        replica.pull(url)
    assert replica.status().n_articles == 7
    replica.pull(url, force=True)
    assert answers(replica) == answers(base)
    assert not replica.reader.articles(["own"])
    replica.layout.answers.write_text('{"a": "b1", "b": "b2", "same_event": true}\n')
    with pytest.raises(MismatchError, match=r"labels\.jsonl"):
        replica.pull(url)


def test_a_base_that_never_came_from_there_is_not_replaced(base, url, tmp_path):
    base.push(url)
    with engine.open(tmp_path / "other") as other:
        other.ingest([{"id": "own", "text": "Only here is this told.", "language": "en"}])
        with pytest.raises(MismatchError, match="holds what"):
            other.pull(url)
        assert other.status().n_articles == 1


def test_a_replica_takes_over_and_the_first_base_follows_it(base, replica, url):
    add(replica)
    replica.push(url)
    add(base, "late", "Only the first base has this.")
    with pytest.raises(MismatchError, match="another base"):
        base.push(url)
    with pytest.raises(MismatchError, match="holds what"):
        base.pull(url)
    base.pull(url, force=True)
    assert answers(base) == answers(replica)
    add(base, "later", "Now the first base goes on.")
    assert base.push(url).generation == replica.pull(url).generation


def test_going_back_there_brings_replicas_back(base, replica, url):
    first = answers(replica)
    add(base)
    base.push(url)
    replica.pull(url)
    assert answers(replica) != first
    rollback_remote(open_remote(url))
    replica.pull(url)
    assert answers(replica) == first
    assert replica.verify() == []


def test_an_altered_piece_leaves_the_replica_as_it_was(base, replica, url):
    before, remote = answers(replica), open_remote(url)
    old = set(remote.sizes("pieces"))
    add(base)
    base.push(url)
    piece = sorted(set(remote.sizes("pieces")) - old)[0]
    good = remote.read(path_of(piece))
    assert good is not None
    remote.write({path_of(piece): good[:-1] + bytes([good[-1] ^ 1])})
    with pytest.raises(DamagedError, match="was altered"):
        replica.pull(url)
    replica.refresh()
    assert answers(replica) == before
    assert replica.verify() == []
    base.push(url)  # the piece is of the same size, so it is taken for the one that was sent
    remote.delete([path_of(piece)])
    base.push(url)
    replica.pull(url)
    assert answers(replica) == answers(base)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", range(1, 5))
def test_a_pull_that_is_killed_is_run_again(base, replica, url, step):
    before = answers(replica)
    add(base)
    base.push(url)
    made = []

    def stop(*_):
        made.append(1)
        if len(made) == step:
            raise Killed

    with pytest.raises(Killed), writing(replica.layout, command="test") as lock:
        pull_base(lock, open_remote(url), progress=stop)
    replica.refresh()
    assert answers(replica) == before
    replica.pull(url)
    assert answers(replica) == answers(base)
    assert replica.verify() == []


def test_a_pull_that_ends_between_articles_and_generation_is_run_again(base, replica, url):
    before = replica.reader.generation.name
    add(base)
    base.push(url)
    beside = replica.layout.root / "CURRENT.new"
    beside.mkdir()  # so CURRENT cannot be replaced
    with pytest.raises(StorageError):
        replica.pull(url)
    beside.rmdir()
    replica.refresh()
    assert replica.reader.generation.name == before
    assert len(replica.reader.articles(["b1", "new"])) == 2
    assert replica.verify() == []
    add(base, "newest", "And meanwhile there is something newer.")
    base.push(url)
    replica.pull(url)
    assert answers(replica) == answers(base)


def test_one_run_sends_at_a_time_and_nights_go_on(base, url):
    with pushing(base.layout, command="another push"):
        with pytest.raises(LockedError, match="another push"):
            base.push(url)
        add(base)
    with writing(base.layout, command="a night"):
        base.push(url)


def test_an_empty_base_and_an_empty_remote_say_so(base, url, tmp_path):
    with engine.open(tmp_path / "none") as none:
        with pytest.raises(NotFoundError, match="engine ingest"):
            none.push(url)
        with pytest.raises(NotFoundError, match="nothing was sent"):
            none.pull(url)
    assert not (tmp_path / "none").exists()


def test_nothing_is_left_behind(base, replica, url):
    (base.layout.root / ".push-killed").mkdir()
    base.push(url)
    names = {path.name for path in base.layout.root.iterdir()}
    assert not [name for name in names if name.startswith(".push-")]
    assert not list(replica.layout.generations.glob(".staging-*"))


def test_what_was_remembered_and_altered_is_told(base, url):
    base.push(url)
    base.layout.remotes.write_bytes(base.layout.remotes.read_bytes().replace(b"2026", b"2025"))
    with pytest.raises(DamagedError, match=r"remotes\.json was altered.*--force"):
        base.push(url)
