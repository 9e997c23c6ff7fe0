"""Finds the inputs that paths name: files, folders, patterns, standard input, web addresses."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.domain import Reject

STDIN: Final = "-"
"""Name of standard input among the paths."""


def is_web_address(path: str) -> bool:
    """Tell whether `path` is to be fetched."""
    return path.startswith(("http://", "https://"))


def find_inputs(paths: Sequence[str | Path]) -> Iterator[str | Reject]:
    """Yield what `paths` name, in order, and a reject for each path that names nothing.

    Folders are read whole and sorted, without hidden files and without following links
    to folders.
    """
    for given in paths:
        path = str(given)
        if path == STDIN or is_web_address(path):
            yield path
        elif _exists(path):
            yield from _files(path)
        elif glob.has_magic(path):
            matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - keeps "**" whole
            for match in matches:
                yield from _files(match)
            if not matches:
                yield Reject(path, 0, "", "no file matches this pattern")
        else:
            yield Reject(path, 0, "", "there is no such file or folder")


def total_bytes(found: Sequence[str | Reject]) -> int | None:
    """Return the bytes of all inputs, or None when one has no size."""
    total = 0
    for item in found:
        if isinstance(item, Reject):
            continue
        if item == STDIN or is_web_address(item):
            return None
        try:
            total += Path(item).stat().st_size
        except OSError:  # gone since it was found; reading it will say so
            return None
    return total


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long a name, a NUL in it, a folder we may not enter
        return False


def _files(path: str) -> Iterator[str | Reject]:
    if not Path(path).is_dir():
        yield path if _is_readable(path) else Reject(path, 0, "", "is neither a file nor a pipe")
        return
    empty = True
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            whole = str(Path(folder) / name)
            if not name.startswith(".") and Path(whole).is_file():
                empty = False
                yield whole
    if empty:
        yield Reject(path, 0, "", "the folder holds no files")


def _is_readable(path: str) -> bool:
    """Tell files and pipes from devices: /dev/zero never ends."""
    mode = Path(path).stat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)
