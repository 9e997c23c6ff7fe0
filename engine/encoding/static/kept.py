"""The distilled table: made once on a machine, in minutes, and kept in the user's cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock

from engine.disk.files import replaced_file, storage_errors
from engine.disk.layout import cache_folder
from engine.encoding.e5 import E5Encoder
from engine.encoding.e5.weights import Weights, find_weights
from engine.encoding.static.distilling import Table, distil
from engine.encoding.static.encoder import VERSION, StaticEncoder
from engine.protocols import Progress, silent


def open_static(progress: Progress = silent) -> StaticEncoder:
    """Return the encoder, distilled first where that was not done on this machine.

    Raises
    ------
    EncoderError
        If the built-in model, from which it is made, is not installed or cannot run.
    StorageError
        If the table cannot be kept.
    """
    weights = Weights(find_weights())

    def made() -> Table:
        # Without a prompt, which would be most of what is read of a piece.
        encoder = E5Encoder(prompt="", storing=True)
        return distil(encoder, weights.pieces(), weights.scores(), progress)

    path = cache_folder() / f"static-{weights.digest}-{VERSION}.npy"
    return StaticEncoder(kept(path, made), weights)


def kept(path: Path, make: Callable[[], Table]) -> Table:
    """Return the table that `path` holds, mapped; made now where it holds none, or not a whole one.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            found = _read(path)
            if found is None:
                found = make()
                with replaced_file(path) as stream:
                    np.save(stream, found, allow_pickle=False)
    return found


def _read(path: Path) -> Table | None:
    try:
        table: Table = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (FileNotFoundError, ValueError, EOFError):
        return None
    return table if table.dtype == np.float16 and table.ndim == 2 else None
