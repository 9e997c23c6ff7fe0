"""One writer at a time, with one migration and one push beside it; readers never wait."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.disk.files import make_folder, storage_errors
from engine.disk.layout import Layout
from engine.errors import InputError, LockedError, NotFoundError

AT_ONCE = timedelta(0)
"""Patience of a run that had better be started again later than wait."""


def as_patience(seconds: float) -> timedelta:
    """Return how long a run waits.

    Raises
    ------
    InputError
        It is no length of time: negative, NaN, or longer than can be told.
    """
    with suppress(ValueError, OverflowError):
        if seconds >= 0:
            return timedelta(seconds=seconds)
    raise InputError(f"expected how many seconds to wait, 0 or more, got {seconds}")


class WriteLock:
    """The right to write to a base, while it is held; `writing` gives it.

    Whatever changes a base takes one, so it cannot be called without the lock.

    Parameters
    ----------
    layout
        The base that is locked.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._held = True

    @property
    def layout(self) -> Layout:
        """The base that is locked.

        Raises
        ------
        LockedError
            The lock was released.
        """
        if not self._held:
            raise LockedError(f"the lock of {self._layout.root} was released; take it again")
        return self._layout

    def release(self) -> None:
        """Give the right up; what still refers to this lock cannot write any more."""
        self._held = False


@contextmanager
def writing(
    layout: Layout, *, command: str, patience: timedelta = AT_ONCE, create: bool = False
) -> Iterator[WriteLock]:
    """Hold the writer's lock of a base.

    The kernel frees the lock when the process ends, however it ends, so there is never
    a stale lock to remove by hand.

    Parameters
    ----------
    layout
        The base.
    command
        What the holder is doing, for the message that others get.
    patience
        How long to wait for another run to end.
    create
        Make the folder of the base when it is not there; it goes again if what is done
        under the lock fails and leaves nothing in it.

    Raises
    ------
    NotFoundError
        There is no such folder, and `create` is false.
    LockedError
        Another run is writing, in this process or another; the message says who and
        since when.
    StorageError
        The folder cannot be written.
    """
    locks = (layout.lock, layout.lock_owner)
    with _made(layout, create=create), _held(layout, *locks, command, patience, "writing to"):
        lock = WriteLock(layout)
        try:
            yield lock
        finally:
            lock.release()


@contextmanager
def _made(layout: Layout, *, create: bool) -> Iterator[None]:
    """Make the folder of a base, and leave none behind where there is nothing to keep."""
    root = layout.root
    if root.is_dir():
        yield
        return
    if not create:
        raise NotFoundError(f"there is no base at {root}; run 'engine ingest' first")
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    with storage_errors(root):
        make_folder(root)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # what is left is worth keeping
            if all(path in {layout.lock, layout.generations} for path in root.iterdir()):
                layout.lock.unlink(missing_ok=True)
                for folder in (layout.generations, *missing):
                    if folder.exists():
                        folder.rmdir()
        raise


@contextmanager
def migrating(layout: Layout, *, command: str) -> Iterator[None]:
    """Hold the lock of those who embed with another encoder while nights go on.

    Parameters and errors are as for `writing`; the base is there.
    """
    locks = (layout.migration_lock, layout.migration_owner)
    with _held(layout, *locks, command, AT_ONCE, "changing the encoder of"):
        yield


@contextmanager
def pushing(layout: Layout, *, command: str) -> Iterator[None]:
    """Hold the lock of those who send to a remote while nights go on.

    Parameters and errors are as for `writing`; the base is there.
    """
    locks = (layout.push_lock, layout.push_owner)
    with _held(layout, *locks, command, AT_ONCE, "sending"):
        yield


@contextmanager
def _held(
    layout: Layout, path: Path, owner: Path, command: str, patience: timedelta, doing: str
) -> Iterator[None]:
    from filelock import FileLock, Timeout

    with storage_errors(layout.root):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=patience.total_seconds())
        except Timeout as error:
            raise LockedError(
                f"another run is {doing} {layout.root} ({_owner(owner)}); "
                "wait for it to end and run this again"
            ) from error
    try:
        _sign(layout, owner, command)
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _sign(layout: Layout, owner: Path, command: str) -> None:
    import socket  # readers lock nothing

    note = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": command,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with storage_errors(layout.root):
        owner.write_text(json.dumps(note), encoding="utf-8")


def _owner(owner: Path) -> str:
    # The holder may just now be signing or leaving; the note is for people only.
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads(owner.read_text(encoding="utf-8"))
        return "'{command}', process {pid} on {host}, since {since}".format(**note)
    return "its owner is not known"
