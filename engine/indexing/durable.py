"""Writing so that a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

CHUNK_BYTES = 1 << 22


def sync_file(path: Path) -> None:
    """Wait until the content of `path` is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder: Callable[[Path], None] = sync_file
"""Wait until the names in a folder are on disk."""


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in place of `path` at once: write beside, sync, rename, sync."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    sync_file(beside)
    beside.replace(path)
    sync_folder(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name; copy it where the file system has no hard links."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)


def make_folder(path: Path) -> None:
    """Make `path` and its parents, and wait until their names are on disk."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal, reading by chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
