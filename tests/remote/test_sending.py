"""A push that is cut off, or meets another one, leaves a whole generation current."""

import shutil

import pytest

from engine.errors import MismatchError, StorageError
from engine.remote.contents import current_name, path_of
from engine.remote.folder import RemoteFolder, open_remote
from engine.remote.keeping import rollback_remote, verify_remote
from engine.remote.sending import send
from tests.generations.cases import publish_one
from tests.remote.cases import (
    ARTICLES,
    Killed,
    StoppingFiles,
    members,
    publish_and_send,
    sent_files,
    taken,
)


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "remote")


@pytest.mark.parametrize("error", [Killed(), OSError(28, "No space left on device")])
def test_a_push_cut_at_any_write_leaves_the_old_one_and_is_run_again(
    layout, local, root, tmp_path, error
):
    old = publish_and_send(layout, local).generation
    new = publish_one(layout, seed=1, n=30)
    files = members(layout, new, ARTICLES + b" and more")
    for number in range(1, 100):
        copy = shutil.copytree(root, tmp_path / f"copy {number}")
        stopping, whole = (
            RemoteFolder(StoppingFiles(at=at, error=error), str(copy)) for at in (number, 0)
        )
        try:
            send(stopping, new.name, files, seen=old)
        except (Killed, StorageError):
            assert current_name(whole) == old
            assert taken(whole, tmp_path / f"old {number}") == sent_files(layout, old)
            send(whole, new.name, files, seen=old)
        else:
            break
        assert verify_remote(whole) == []
        there = taken(whole, tmp_path / f"new {number}")
        assert there == sent_files(layout, new.name, ARTICLES + b" and more")
    assert number > 10


def test_a_reader_has_a_whole_generation_before_every_write(layout, local, root, tmp_path):
    old = publish_and_send(layout, local).generation
    new = publish_one(layout, seed=1, n=30)
    files = members(layout, new, ARTICLES[::-1])
    seen = []

    def read(number):
        seen.append(current_name(local))
        assert taken(local, tmp_path / str(number)) == sent_files(layout, old)

    watched = RemoteFolder(StoppingFiles(before=read), root)
    send(watched, new.name, files, seen=old)
    assert set(seen) == {old}
    assert len(seen) > 10
    assert current_name(local) == new.name


def test_another_base_s_generation_is_not_replaced_unless_forced(layout, local):
    first = publish_and_send(layout, local).generation
    second = publish_and_send(layout, local, seed=1, seen=first).generation
    for seen in (None, first):  # a base that never saw it, and one that is behind
        with pytest.raises(MismatchError, match=rf"{second}.*another base.*--force"):
            publish_and_send(layout, local, seed=2, seen=seen)
        assert current_name(local) == second
    forced = publish_and_send(layout, local, seed=2, seen=None, force=True).generation
    assert current_name(local) == forced


def test_a_base_goes_on_after_somebody_went_back(layout, local):
    first = publish_and_send(layout, local).generation
    second = publish_and_send(layout, local, seed=1, seen=first).generation
    third = publish_and_send(layout, local, seed=2, seen=second).generation
    assert rollback_remote(local, first) == first
    last = publish_and_send(layout, local, seed=3, seen=third).generation
    assert current_name(local) == last
    # One that took what was gone back to, and goes on from there, is another base.
    assert rollback_remote(local, first) == first
    other = publish_and_send(layout, local, seed=4, seen=first).generation
    with pytest.raises(MismatchError, match=other):
        publish_and_send(layout, local, seed=5, seen=last)


def test_two_pushes_at_once_leave_one_of_both_whole(layout, local, root):
    first = publish_and_send(layout, local).generation
    new, files = _prepared(layout, seed=1)
    other, others = _prepared(layout, seed=2)

    def push_beside(number):
        if number == 5:
            send(local, other, others, seen=first)

    with pytest.raises(MismatchError, match="meanwhile"):
        send(RemoteFolder(StoppingFiles(before=push_beside), root), new, files, seen=first)
    assert current_name(local) == other
    assert verify_remote(local) == []


def test_pieces_that_are_deleted_meanwhile_are_sent_again(layout, local, root):
    first = publish_and_send(layout, local).generation
    new, files = _prepared(layout, seed=1)
    lost = max(local.sizes("pieces").items(), key=lambda item: item[1])[0]

    def delete(number):
        if number == 1:
            local.delete([path_of(lost)])

    with pytest.raises(StorageError, match="deleted meanwhile"):
        send(RemoteFolder(StoppingFiles(before=delete), root), new, files, seen=first)
    assert current_name(local) == first
    assert send(local, new, files, seen=first).n_sent == 1
    assert verify_remote(local) == []


def _prepared(layout, *, seed):
    generation = publish_one(layout, seed=seed, n=30)
    return generation.name, members(layout, generation, ARTICLES)


def test_a_remote_that_is_not_reached_is_a_sentence(layout, s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name, value in (("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match=r"s3://bucket/prefix cannot be used.*credentials"):
        publish_and_send(layout, open_remote("s3://bucket/prefix"))


def test_a_bucket_that_is_not_there_is_not_made(layout, s3):
    from s3fs import S3FileSystem

    files = S3FileSystem(key="k", secret="s", endpoint_url=s3)
    with pytest.raises(StorageError, match="s3://no-such-bucket/prefix cannot be used"):
        publish_and_send(layout, RemoteFolder(files, "no-such-bucket/prefix"))
    assert not files.exists("no-such-bucket")
