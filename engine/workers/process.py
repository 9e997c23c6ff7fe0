"""What a process of this machine does for the one that started it."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import TypeAlias

from engine.errors import WorkError
from engine.protocols import Part
from engine.workers.local import answered

Task: TypeAlias = Callable[[Part], object]

FORGET = b""
"""Lets go of what the task of a stage holds, such as files that are deleted after it."""


def work(connection: Connection, load: Callable[[], object]) -> None:
    """Answer what comes by `connection` until that is closed, after a call of `load`.

    A function makes the task of a stage; all else is a part of it. An answer is what came of
    it and the error that was raised, one of them None. `FORGET` has none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, which then ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _be_silent()
    load()
    task: Task | None = None
    while True:
        try:
            sent = connection.recv_bytes()
        except EOFError:
            return
        if sent == FORGET:
            task = None
            continue
        result: object = None
        try:
            making, value = pickle.loads(sent)  # noqa: S301 - of the process that started this
            if making:
                task = value()
            elif task is not None:
                result = answered(task, value)
        except Exception as error:  # noqa: BLE001 - raised where the work was asked for
            connection.send_bytes(_pickled(None, error))
        else:
            connection.send_bytes(_pickled(result, None))


def load_nothing() -> None:
    """Import nothing ahead: what a stage needs is imported with its task."""


def _pickled(result: object, error: Exception | None) -> bytes:
    try:
        return pickle.dumps((result, error), pickle.HIGHEST_PROTOCOL)
    except Exception as failed:  # noqa: BLE001 - whatever an object says of being sent
        said = repr(error) if error is not None else f"what came of it cannot be sent: {failed!r}"
        return pickle.dumps((None, WorkError(said)))


def _end_with_parent() -> None:
    """End this process, whatever it is at, when the one that started it has ended."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _be_silent() -> None:
    """Print nothing: it would mix with what the parent prints for machines."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
