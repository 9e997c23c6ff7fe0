"""Finds the inputs that paths name: files, folders, patterns, standard input, web addresses."""

from __future__ import annotations

import glob
import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

from engine.domain import EmptyInput, Reject
from engine.reading.sources.no_articles import is_base, is_no_article, is_script

STDIN: Final = "-"
"""Name of standard input among the paths."""

_A_BASE: Final = "is a base of the engine, whose files are no input; name the files that are"


def is_web_address(path: str) -> bool:
    """Tell whether `path` is to be fetched."""
    return path.startswith(("http://", "https://"))


def find_inputs(paths: Sequence[str | Path]) -> Iterator[str | Reject]:
    """Yield what `paths` name, in order, and a reject for each path that names nothing.

    Folders and patterns are read whole and sorted, without hidden files, without following links to
    folders, and without bases and files that are no articles
    (`engine.reading.sources.no_articles`), which are read when they are named themselves.
    A file or folder that cannot be read is a reject, one that holds nothing an `EmptyInput`.
    """
    for given in paths:
        path = str(given)
        if path == STDIN or is_web_address(path):
            yield path
        elif os.path.lexists(path):
            yield from _files(path)
        elif glob.has_magic(path):
            yield from _matching(path)
        else:
            yield Reject(path, 0, "", _why_missing(path))


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


def _matching(pattern: str) -> Iterator[str | Reject]:
    """Yield the files that a pattern finds, as if they were found in a folder.

    One that finds none in a folder that is there may on another day.
    """
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - keeps "**" whole
    beside = defaultdict[str, set[str]](set)
    for match in matches:
        folder, name = os.path.split(match)
        beside[folder].add(name)
    for match in matches:
        folder, name = os.path.split(match)
        if not is_no_article(name, beside[folder]) and not _is_inside_base(match):
            yield from _files(match)
    if not matches:
        fixed = Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts))
        kind = EmptyInput if fixed.is_dir() else Reject
        yield kind(pattern, 0, "", "no file matches this pattern")


def _is_inside_base(path: str) -> bool:
    return any(_is_base(str(folder)) for folder in (path, *Path(path).parents))


def _is_base(path: str) -> bool:
    try:
        return is_base(Path(path))
    except OSError:  # it may not be entered; listing it will say so
        return False


def _why_missing(path: str) -> str:
    try:
        Path(path).lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:  # too long a name, a NUL, a folder we may not enter
        return _unreadable(error)
    return "there is no such file or folder"


def _unreadable(error: OSError | ValueError) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read: {said or error}"


def _files(path: str) -> Iterator[str | Reject]:
    """Yield the file at `path`, or the files in the folder there."""
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        yield Reject(path, 0, "", "is a link to a file that is not there")
    except OSError as error:
        yield Reject(path, 0, "", _unreadable(error))
    else:
        if stat.S_ISDIR(mode) and _is_base(path):
            yield Reject(path, 0, "", _A_BASE)
        elif stat.S_ISDIR(mode):
            yield from _folder(path)
        elif stat.S_ISREG(mode) or stat.S_ISFIFO(mode):
            yield path
        else:  # /dev/zero never ends
            yield Reject(path, 0, "", "is neither a file nor a pipe")


def _folder(path: str) -> Iterator[str | Reject]:
    """Yield the files in a folder and those below it."""
    empty, skipped = True, False
    waiting = [path]
    while waiting:  # no recursion: folders may lie deeper than Python's stack
        folder = waiting.pop()
        try:
            entries = _entries(folder)
        except OSError as error:
            empty = False
            yield Reject(folder, 0, "", _unreadable(error))
            continue
        folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        below = [name for name in folders if not _is_base(name)]
        skipped |= len(below) < len(folders)
        waiting += reversed(below)
        for found in _files_of(entries):
            empty &= found is None
            skipped |= found is None
            if found is not None:
                yield found
    if empty:
        kind = "files that could be articles" if skipped else "files"
        yield EmptyInput(path, 0, "", f"the folder holds no {kind}")


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder and not hidden, by name."""
    with os.scandir(folder) as listed:
        shown = [entry for entry in listed if not entry.name.startswith(".")]
    return sorted(shown, key=lambda entry: entry.name)


def _files_of(entries: Sequence[os.DirEntry[str]]) -> Iterator[str | Reject | None]:
    """Yield the files among `entries`, and None for each that could be no article."""
    names = {entry.name for entry in entries}
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            continue
        found = None if is_no_article(entry.name, names) else _entry(entry)
        yield None if isinstance(found, str) and is_script(Path(found)) else found


def _entry(entry: os.DirEntry[str]) -> str | Reject | None:
    """Return a file of a folder, why it is none, or None for a link to a folder."""
    try:
        if entry.is_file():
            return entry.path
        if entry.is_dir():
            return None
        entry.stat()
    except FileNotFoundError:
        return Reject(entry.path, 0, "", "is a link to a file that is not there")
    except OSError as error:
        return Reject(entry.path, 0, "", _unreadable(error))
    return Reject(entry.path, 0, "", "is no file")
