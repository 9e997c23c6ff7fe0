"""One writer at a time, who signs; readers and the dead never stand in the way."""

import multiprocessing
import threading
from datetime import timedelta

import pytest

from engine.disk.layout import Layout
from engine.disk.lock import as_patience, writing
from engine.errors import InputError, LockedError, NotFoundError, StorageError
from engine.generations.archive import import_archive
from engine.generations.drafting import draft_changes
from engine.generations.generation import open_live
from engine.generations.publishing import publish_stories
from engine.generations.upkeep import discard, list_generations, prune, rollback
from tests.generations.cases import (
    NOW,
    draft_one,
    hold_lock,
    locked,
    publish_draft,
    publish_one,
    under_lock,
)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


def test_a_second_writer_learns_who_writes_and_a_reader_reads(layout):
    context = multiprocessing.get_context("forkserver")
    live = publish_one(layout)
    ready = context.Event()
    holder = context.Process(target=hold_lock, args=(layout, ready))
    holder.start()
    try:
        assert ready.wait(60)
        for write in (
            lambda: publish_one(layout),
            lambda: under_lock(rollback, layout),
            lambda: under_lock(prune, layout, keep=1),
        ):
            with pytest.raises(
                LockedError,
                match=f"'engine rebuild', process {holder.pid} on .*wait for it to end",
            ):
                write()
        assert open_live(layout).name == live.name
    finally:
        holder.kill()
        holder.join()
    # The kernel has freed the lock of the killed process; its note is overwritten.
    with writing(layout, command="engine prune", create=True):
        assert "engine prune" in layout.lock_owner.read_text()
    assert not layout.lock_owner.exists()
    holder.close()


def test_not_even_its_holder_takes_the_lock_again(layout):
    with writing(layout, command="outer", create=True):
        assert "'outer'" in _refusal(layout)
        seen = []
        thread = threading.Thread(target=lambda: seen.append(_refusal(layout)))
        thread.start()
        thread.join()
        assert "'outer'" in seen[0]
        assert "outer" in layout.lock_owner.read_text()
    assert _refusal(layout) is None


def _refusal(layout):
    """Return what another writer is told, None where it may write."""
    try:
        with writing(layout, command="other", create=True):
            return None
    except LockedError as error:
        return str(error)


def test_a_patient_writer_waits_for_the_other_to_end(layout):
    taken, leave = threading.Event(), threading.Event()

    def hold():
        with writing(layout, command="other", create=True):
            taken.set()
            leave.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(60)
    with (
        pytest.raises(LockedError, match="'other'"),
        writing(layout, command="hasty", patience=timedelta(milliseconds=100)),
    ):
        pass
    threading.Timer(0.2, leave.set).start()
    with writing(layout, command="patient", patience=timedelta(seconds=60)):
        assert leave.is_set()
        assert "patient" in layout.lock_owner.read_text()
    thread.join()


WRITES = {
    "draft": lambda lock, _live, _made, _folder: draft_one(lock),
    "draft changes": lambda lock, live, _made, _folder: draft_changes(lock, live, []),
    "publish": lambda lock, _live, made, _folder: publish_draft(lock, made),
    "stories": lambda lock, live, _made, _folder: publish_stories(lock, live, [], now=NOW, run=1),
    "rollback": lambda lock, _live, _made, _folder: rollback(lock),
    "prune": lambda lock, _live, _made, _folder: prune(lock, keep=1),
    "discard": lambda lock, live, _made, _folder: discard(lock, [live.manifest.parent]),
    "import": lambda lock, _live, _made, folder: import_archive(lock, folder / "base.tar"),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_lock_that_was_released_gives_no_right_to_write(layout, tmp_path, what):
    for seed in range(3):
        live = publish_one(layout, seed=seed)
    with locked(layout) as lock:
        made = draft_one(lock)
    before = list_generations(layout)
    with pytest.raises(LockedError, match=r"was released; take it again"):
        WRITES[what](lock, live, made, tmp_path)
    assert list_generations(layout) == before
    assert [path.name for path in tmp_path.iterdir()] == ["base"]


def fail_after(work):
    work()
    raise ZeroDivisionError


def test_only_who_makes_a_base_makes_its_folder_and_a_failure_leaves_none(tmp_path):
    layout = Layout(tmp_path / "above" / "base")
    with pytest.raises(NotFoundError, match="run 'engine ingest' first"):
        writing(layout, command="prune").__enter__()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ZeroDivisionError), writing(layout, command="import", create=True):
        fail_after(layout.generations.mkdir)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ZeroDivisionError), writing(layout, command="ingest", create=True):
        fail_after(layout.rejects.touch)
    assert layout.rejects.exists()


def test_an_error_inside_frees_the_lock(layout):
    with pytest.raises(ZeroDivisionError), writing(layout, command="broken", create=True) as lock:
        1 / 0  # noqa: B018
    with pytest.raises(LockedError, match="was released"):
        lock.layout  # noqa: B018
    assert _refusal(layout) is None


def test_a_broken_note_does_not_hide_the_lock(layout):
    with writing(layout, command="outer", create=True):
        layout.lock_owner.write_text("[]")
        assert "its owner is not known" in _refusal(layout)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write to"):
        publish_one(Layout(tmp_path / "file" / "base"))


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e300])
def test_what_is_no_length_of_time_is_told(seconds):
    with pytest.raises(InputError, match="seconds to wait, 0 or more, got"):
        as_patience(seconds)
