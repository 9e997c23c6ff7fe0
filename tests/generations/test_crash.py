"""Whenever a run dies, the live generation is whole and the next run goes on."""

import multiprocessing
import os
import random
import time
from contextlib import suppress

import pytest

from engine.disk.layout import STAGING_PREFIX, Layout
from engine.domain import Keys, Neighbours, Rows
from engine.errors import DamagedError, NotFoundError, StorageError
from engine.generations.drafting import draft_changes
from engine.generations.generation import live_name, open_live
from engine.generations.upkeep import list_generations, prune, verify
from engine.index.exact import ExactIndex
from engine.index.faiss_index import FaissIndex
from tests.generations.cases import (
    block,
    locked,
    publish_draft,
    publish_forever,
    publish_one,
    republish,
    under_lock,
)

STEPS = ("fsync", "rename", "replace", "link", "mkdir")
"""System calls whose order makes a publication safe."""


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it and go on."""


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def fail_at(monkeypatch, number, error):
    """Let the `number`-th of the `STEPS` raise `error`; return the list of steps made."""
    made = []

    def wrapped(name, call):
        def step(*arguments, **options):
            made.append(name)
            if len(made) == number:
                raise error
            return call(*arguments, **options)

        return step

    for name in STEPS:
        monkeypatch.setattr(os, name, wrapped(name, getattr(os, name)))
    return made


def publications(layout):
    """Return three ways of publishing: everything, only changes, and only stories."""
    return {
        "all": lambda: publish_one(layout, n=8, seed=1),
        "changes": lambda: publish_changes(layout),
        "stories": lambda: republish(open_live(layout), []),
    }


def publish_changes(layout):
    live = open_live(layout)
    new = block([live.keys.max() + 1], seed=1)  # for the tail of the index
    with locked(layout) as lock:
        return publish_draft(lock, draft_changes(lock, live, [new], removed=Keys(live.keys[:1])))


@pytest.mark.parametrize("what", ["all", "changes", "stories"])
@pytest.mark.parametrize("error", [Killed(), OSError(28, "No space left on device")])
def test_a_failure_at_any_step_leaves_a_whole_generation_live(layout, monkeypatch, what, error):
    extended = {"n": 700, "kind": "ivf-flat"}
    old = publish_one(layout, **(extended if what == "changes" else {"n": 8})).name
    for number in range(1, 200):
        with monkeypatch.context() as patch:
            made = fail_at(patch, number, error)
            failed = False
            try:
                publications(layout)[what]()
            except (Killed, StorageError):
                failed = True
        if len(made) < number:
            break
        assert verify(layout) == []
        # A failure after the pointer is replaced can no longer take it back.
        assert (live_name(layout) == old) == (failed and "replace" not in made[: number - 1])
        assert not list(layout.generations.glob(f"{STAGING_PREFIX}*"))
        old = live_name(layout)
    assert number > 10
    assert not failed


def test_a_failed_first_publication_leaves_nothing_live(layout, monkeypatch):
    with monkeypatch.context() as patch:
        fail_at(patch, 6, OSError(28, "No space left on device"))
        with pytest.raises(StorageError, match=r"No space left.*free space"):
            publish_one(layout)
    with pytest.raises(NotFoundError):
        open_live(layout)
    publish_one(layout)
    assert verify(layout) == []


def lose(descriptor):
    """Drop what was written to a file."""
    with suppress(OSError):  # a folder
        os.truncate(f"/proc/self/fd/{descriptor}", 0)


def test_a_disk_that_loses_what_was_written_is_noticed(layout, monkeypatch):
    live = publish_one(layout).name
    monkeypatch.setattr(os, "fsync", lose)
    with pytest.raises(StorageError, match="does not hold what was written"):
        publish_one(layout, seed=1)
    assert live_name(layout) == live


def test_an_index_that_does_not_find_its_rows_is_not_published(layout, monkeypatch):
    live = publish_one(layout).name
    monkeypatch.setattr(FaissIndex, "search", _farthest)
    with pytest.raises(DamagedError, match="finds only"):
        publish_one(layout, seed=1)
    assert live_name(layout) == live


def _farthest(index, queries, k):
    found = ExactIndex(index.vectors).search(queries, len(index))
    return Neighbours(Rows(found.rows[:, -k:]), found.cosines[:, -k:])


@pytest.mark.parametrize(
    "n_kills", [10, pytest.param(300, marks=pytest.mark.slow)], ids=["10", "300"]
)
def test_sigkill_at_random_moments(layout, n_kills):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["engine.generations.generation", "faiss"])
    moments = random.Random(n_kills)
    publish_one(layout, n=20)
    span = 2 * _seconds_to_publish(context, layout)
    before = live_name(layout)
    n_moved = 0
    for _ in range(n_kills):
        writer = context.Process(target=publish_forever, args=(layout,))
        writer.start()
        _wait_for_staging(layout)
        time.sleep(moments.uniform(0, span))
        writer.kill()
        writer.join()
        writer.close()
        live = live_name(layout)
        assert verify(layout) == []
        assert live >= before
        n_moved += live != before
        before = live
        under_lock(prune, layout, keep=1)
        assert len(list_generations(layout)) <= 3
    assert n_moved > 0
    publish_one(layout, n=8)
    assert not list(layout.generations.glob(f"{STAGING_PREFIX}*"))


def _seconds_to_publish(context, layout):
    """Time a publication where the kills fall: in a fresh process, from its staging on."""
    before = live_name(layout)
    writer = context.Process(target=publish_forever, args=(layout,))
    writer.start()
    _wait_for_staging(layout)
    started = time.monotonic()
    while live_name(layout) == before:
        assert time.monotonic() < started + 60, "the writer did not publish within 60 s"
        time.sleep(0.001)
    seconds = time.monotonic() - started
    writer.kill()
    writer.join()
    return seconds


def _wait_for_staging(layout):
    deadline = time.monotonic() + 60
    seen = {path.name for path in layout.generations.iterdir()}
    while {path.name for path in layout.generations.iterdir()} <= seen:
        if time.monotonic() > deadline:
            pytest.fail("the writer did not start within 60 s")
        time.sleep(0.001)
