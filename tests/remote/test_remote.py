"""What a remote promises, held by every kind of file system."""

from functools import partial

import pytest

from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from engine.remote.contents import CURRENT, PIECE_BYTES, contents_path, current_name, path_of
from engine.remote.keeping import list_remote, prune_remote, rollback_remote, verify_remote
from tests.remote.cases import ARTICLES, publish_and_send, sent_files, taken


def test_what_is_taken_is_what_was_sent(layout, remote, tmp_path):
    sent = publish_and_send(layout, remote)
    assert taken(remote, tmp_path / "there") == sent_files(layout, sent.generation)
    assert verify_remote(remote) == []
    assert (sent.n_sent, sent.n_sent_bytes) == (sent.n_pieces, sent.n_bytes)
    assert [each.name for each in list_remote(remote) if each.current] == [sent.generation]


def test_only_what_is_not_there_yet_is_sent(layout, remote, tmp_path):
    first = publish_and_send(layout, remote)
    changed = ARTICLES[:PIECE_BYTES] + b"x" + ARTICLES[PIECE_BYTES + 1 :] + b" and more"
    second = publish_and_send(layout, remote, seen=first.generation, articles=changed)
    # Two of the four pieces of the articles, and the manifest: the vectors are the same.
    assert second.n_sent == 3
    assert PIECE_BYTES < second.n_sent_bytes < 2 * PIECE_BYTES
    there = taken(remote, tmp_path / "there")
    assert there == sent_files(layout, second.generation, changed)
    again = publish_and_send(layout, remote, seen=second.generation, articles=changed)
    assert again.n_sent == 1  # the manifest, which has another time


def test_going_back_and_pruning_keep_what_is_current_whole(layout, remote, tmp_path):
    names: list[str] = []
    for seed in range(4):
        seen = names[-1] if names else None
        articles = ARTICLES + b"%d" % seed
        names.append(
            publish_and_send(layout, remote, seed=seed, seen=seen, articles=articles).generation
        )
    assert rollback_remote(remote) == names[2]
    assert rollback_remote(remote, names[0]) == names[0] == current_name(remote)
    with pytest.raises(NotFoundError, match="no generation before"):
        rollback_remote(remote)
    with pytest.raises(NotFoundError, match=f"no generation 'none'.*{names[3]}"):
        rollback_remote(remote, "none")
    done = prune_remote(remote, keep=1)
    assert done.generations == (names[1], names[2])
    assert done.n_pieces > 2
    assert [each.name for each in list_remote(remote)] == [names[0], names[3]]
    assert verify_remote(remote) == []
    assert taken(remote, tmp_path / "there") == sent_files(layout, names[0], ARTICLES + b"0")
    assert prune_remote(remote, keep=1).n_pieces == 0
    with pytest.raises(InputError, match="at least 1"):
        prune_remote(remote, keep=0)


def test_an_empty_remote_says_so(remote):
    assert list_remote(remote) == []
    assert "nothing was sent" in verify_remote(remote)[0]
    for act in (rollback_remote, partial(prune_remote, keep=1)):
        with pytest.raises(NotFoundError, match="nothing was sent"):
            act(remote)


def test_what_is_altered_or_missing_is_found_and_never_taken(layout, remote, tmp_path):
    sent = publish_and_send(layout, remote)
    pieces = sorted(remote.sizes("pieces"))
    assert len(pieces) == sent.n_pieces
    n_tried = 1 if remote.url.startswith("s3:") else len(pieces)  # which takes minutes
    for number, piece in enumerate(pieces[:n_tried]):
        good = remote.read(path_of(piece))
        bad = bytes([good[0] ^ 1]) + good[1:]
        remote.write({path_of(piece): bad})
        _expect_refused(remote, tmp_path / str(number), "was altered")
        remote.delete([path_of(piece)])
        _expect_refused(remote, tmp_path / f"{number} gone", "is missing")
        remote.write({path_of(piece): good})
    assert verify_remote(remote) == []


def _expect_refused(remote, folder, what):
    problems = verify_remote(remote)
    assert problems
    assert all(what in problem for problem in problems)
    with pytest.raises(DamagedError, match=what):
        taken(remote, folder)
    with pytest.raises(DamagedError, match=what):
        rollback_remote(remote, current_name(remote))


def test_altered_contents_and_pointers_are_found(layout, remote):
    sent = publish_and_send(layout, remote)
    path = contents_path(sent.generation)
    good = remote.read(path)
    for bad, what in (
        (good.replace(b'"after": null', b'"after": "x"'), "were altered"),
        (good[:100], "were altered"),
        (b"[]", "were altered"),
    ):
        remote.write({path: bad})
        assert what in verify_remote(remote)[0]
        assert what in list_remote(remote)[0].problem
        with pytest.raises(DamagedError, match=what):
            prune_remote(remote, keep=1)
    remote.delete([path])
    assert "no contents" in verify_remote(remote)[0]
    remote.write({path: good})
    remote.write({CURRENT: b"../elsewhere\n"})
    assert "names no generation" in verify_remote(remote)[0]
    assert rollback_remote(remote, sent.generation) == sent.generation
    assert verify_remote(remote) == []


def test_a_newer_engine_s_contents_are_refused(layout, remote, monkeypatch):
    monkeypatch.setattr("engine.remote.contents.SCHEMA_VERSION", 99)
    publish_and_send(layout, remote)
    monkeypatch.undo()
    with pytest.raises(MismatchError, match=r"has schema 99.*upgrade"):
        prune_remote(remote, keep=1)
