"""One writer at a time; readers never wait."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from engine.errors import LockedError
from engine.indexing.files import make_folder, storage_errors
from engine.indexing.layout import Layout


@contextmanager
def writing(layout: Layout, *, command: str) -> Iterator[None]:
    """Hold the writer's lock of a base; may be nested within one thread.

    The kernel frees the lock when the process ends, however it ends, so there is never
    a stale lock to remove by hand.

    Parameters
    ----------
    layout
        The base; its folder is made when it is not there.
    command
        What the holder is doing, for the message that others get.

    Raises
    ------
    LockedError
        Another run is writing; the message says who and since when.
    StorageError
        The folder cannot be written.
    """
    from filelock import FileLock, Timeout

    with storage_errors(layout.root):
        make_folder(layout.root)
        lock = FileLock(layout.lock, is_singleton=True)
        nested = lock.is_locked
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise LockedError(
                f"another run is writing to {layout.root} ({_owner(layout)}); "
                "wait for it to end and run this again"
            ) from error
    try:
        if not nested:
            _sign(layout, command)
        yield
    finally:
        if not nested:
            layout.lock_owner.unlink(missing_ok=True)
        lock.release()


def _sign(layout: Layout, command: str) -> None:
    note = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": command,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with storage_errors(layout.root):
        layout.lock_owner.write_text(json.dumps(note), encoding="utf-8")


def _owner(layout: Layout) -> str:
    # The holder may just now be signing or leaving; the note is for people only.
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads(layout.lock_owner.read_text(encoding="utf-8"))
        return "'{command}', process {pid} on {host}, since {since}".format(**note)
    return "its owner is not known"
