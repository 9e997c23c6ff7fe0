"""One writer at a time, who signs; readers and the dead never stand in the way."""

import multiprocessing
import threading

import pytest

from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.errors import LockedError, StorageError
from engine.generations.generation import open_live
from engine.generations.upkeep import prune, rollback
from tests.generations.cases import hold_lock, publish_one


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
        for write in (lambda: publish_one(layout), lambda: rollback(layout)):
            with pytest.raises(LockedError, match=f"'engine rebuild', process {holder.pid} on "):
                write()
        with pytest.raises(LockedError, match="wait for it to end"):
            prune(layout, keep=1)
        assert open_live(layout).name == live.name
    finally:
        holder.kill()
        holder.join()
    # The kernel has freed the lock of the killed process; its note is overwritten.
    with writing(layout, command="engine prune"):
        assert "engine prune" in layout.lock_owner.read_text()
    assert not layout.lock_owner.exists()
    holder.close()


def test_nested_writing_keeps_the_lock_until_the_outermost_ends(layout):
    with writing(layout, command="outer"):
        with writing(layout, command="inner"):
            pass
        assert "outer" in layout.lock_owner.read_text()
        errors = []
        thread = threading.Thread(target=lambda: errors.append(_refused(layout)))
        thread.start()
        thread.join()
        assert errors == [True]
    assert _refused(layout) is False


def _refused(layout):
    try:
        with writing(layout, command="other"):
            return False
    except LockedError:
        return True


def test_an_error_inside_frees_the_lock(layout):
    with pytest.raises(ZeroDivisionError), writing(layout, command="broken"):
        1 / 0  # noqa: B018
    assert _refused(layout) is False


def test_a_broken_note_does_not_hide_the_lock(layout):
    with writing(layout, command="outer"):
        layout.lock_owner.write_text("[]")
        seen = []
        thread = threading.Thread(target=lambda: seen.append(_message(layout)))
        thread.start()
        thread.join()
    assert "its owner is not known" in seen[0]


def _message(layout):
    try:
        with writing(layout, command="other"):
            return ""
    except LockedError as error:
        return str(error)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write to"):
        publish_one(Layout(tmp_path / "file" / "base"))
