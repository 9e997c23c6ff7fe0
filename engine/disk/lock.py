"""One writer at a time, and one migration beside it; readers never wait."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.disk.files import make_folder, storage_errors
from engine.disk.layout import Layout
from engine.errors import LockedError

AT_ONCE = timedelta(0)
"""Patience of a run that had better be started again later than wait."""


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
def writing(layout: Layout, *, command: str, patience: timedelta = AT_ONCE) -> Iterator[WriteLock]:
    """Hold the writer's lock of a base.

    The kernel frees the lock when the process ends, however it ends, so there is never
    a stale lock to remove by hand.

    Parameters
    ----------
    layout
        The base; its folder is made when it is not there.
    command
        What the holder is doing, for the message that others get.
    patience
        How long to wait for another run to end.

    Raises
    ------
    LockedError
        Another run is writing, in this process or another; the message says who and
        since when.
    StorageError
        The folder cannot be written.
    """
    with _held(layout, layout.lock, layout.lock_owner, command, patience, "writing to"):
        lock = WriteLock(layout)
        try:
            yield lock
        finally:
            lock.release()


@contextmanager
def migrating(layout: Layout, *, command: str) -> Iterator[None]:
    """Hold the lock of those who embed with another encoder while nights go on.

    Parameters and errors are as for `writing`.
    """
    locks = (layout.migration_lock, layout.migration_owner)
    with _held(layout, *locks, command, AT_ONCE, "changing the encoder of"):
        yield


@contextmanager
def _held(
    layout: Layout, path: Path, owner: Path, command: str, patience: timedelta, doing: str
) -> Iterator[None]:
    from filelock import FileLock, Timeout

    with storage_errors(layout.root):
        make_folder(layout.root)
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
