"""Files of a base: written durably or appended to, read memory-mapped, checked both times."""

from __future__ import annotations

import errno
import hashlib
import io
import mmap
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.disk.layout import older_log
from engine.errors import StorageError, damaged

CHUNK_BYTES = 1 << 22
"""A multiple of `SECTOR_BYTES`."""

CHECKED_AT_ONCE = 1 << 24
"""Bytes of a mapped file between two moments at which a check needs the interpreter: a thread that
imports modules seldom lets go of it, and so hardly delays what checks an index beside it."""

SECTOR_BYTES = 512
"""What a disk writes whole, and what of a file is summed up at a time."""

CHECKED_BYTES = 1 << 31
"""Files up to 2 GiB are checked against the sums of their sectors before they are used (0.2 s,
and the index of a million articles is a quarter of that); of larger ones only the size, until
`verify` reads them."""

HEADER_BYTES = 128
"""Of an ``.npy`` file of version 1 with one or two dimensions."""

LARGEST_LOG = 16 * 1024 * 1024
"""Bytes after which a log makes way for a new one; with the older one it takes twice that."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What tells that a file is the one that was written.

    Attributes
    ----------
    n_bytes
        Its size.
    sha256
        Of its content, hexadecimal: whoever can spare the time compares this.
    sums
        SHA-256 of the sums of its sectors (`sector_sums`), hexadecimal, which takes a fifth of
        the time and finds whatever a disk or a memory does to a file; empty: an earlier engine
        wrote the record.
    """

    n_bytes: int
    sha256: str
    sums: str = ""


@contextmanager
def storage_errors(root: Path) -> Iterator[None]:
    """Raise StorageError for what the operating system refuses."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"cannot write to {root} ({error}); nothing that was published is lost: "
            "free space or give write permission, and run this again"
        ) from error


def sync_file(path: Path) -> None:
    """Wait until the content of `path` is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder: Callable[[Path], None] = sync_file
"""Wait until the names in a folder are on disk."""


def replace_file(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put `content` in place of `path` at once; `mode` says who may read it from the start."""
    with replaced_file(path) as stream:
        if mode is not None:
            Path(stream.name).chmod(mode)
        stream.write(content)


@contextmanager
def replaced_file(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose content takes the place of `path` at once when it is written.

    Written beside, synced, renamed, synced; after an error `path` is as it was.

    Raises
    ------
    OSError
        It cannot be written, or is no file: a device, which must not be put out of place.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "there is something that is no file", str(path))
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("wb") as stream:
            yield stream
        sync_file(beside)
        beside.replace(path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


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


def write_checked(path: Path, content: bytes | npt.NDArray[np.generic]) -> FileRecord:
    """Write, sync and read back; arrays as ``.npy``.

    Raises
    ------
    StorageError
        The disk does not give back what was written.
    OSError
        The file cannot be written.
    """
    with path.open("wb") as stream:
        hashing = _HashingStream(stream.write)
        if isinstance(content, bytes):
            hashing.write(content)
        else:
            np.save(hashing, content, allow_pickle=False)
    sync_file(path)
    record = record_of(path)
    if record.sha256 != hashing.digest.hexdigest():
        raise StorageError(f"{path} does not hold what was written to it; check the disk")
    return record


class _HashingStream:
    """Hands on what is written to it, and keeps its SHA-256."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self.digest = hashlib.sha256()
        self._write = write

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._write(data)


def record_of(path: Path) -> FileRecord:
    """Return what tells that a file is as it is, reading it by chunks."""
    digest, sums = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            sums.update(sector_sums(np.frombuffer(chunk, np.uint8)).data)
    return FileRecord(path.stat().st_size, digest.hexdigest(), sums.hexdigest())


def sector_sums(content: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return the sum of the 64-bit words of each sector, uint64, (n_sectors,).

    Parameters
    ----------
    content
        Uint8, (n_bytes,); the last sector is filled up with zeros.
    """
    whole = content.size // SECTOR_BYTES * SECTOR_BYTES
    rest = np.zeros(SECTOR_BYTES, np.uint8)
    rest[: content.size - whole] = content[whole:]
    parts = (content[:whole], rest) if content.size > whole else (content[:whole],)
    words = (part.view("<u8").reshape(-1, SECTOR_BYTES // 8) for part in parts)
    # Two thirds of the time of `sum`, which begins anew for each sector.
    return np.concatenate([np.einsum("ij->i", some) for some in words]).astype("<u8")


class FileState(NamedTuple):
    """What tells whether a file is the one that was read: it is replaced, not written again."""

    inode: int
    changed: int
    size: int

    @classmethod
    def of(cls, path: Path) -> FileState | None:
        """Return that of a file without reading it; None where there is none."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return cls(found.st_ino, found.st_mtime_ns, found.st_size)


def map_file(path: Path) -> npt.NDArray[np.uint8]:
    """Return the bytes of `path`, memory-mapped: valid even after it is deleted."""
    with path.open("rb") as stream:
        if path.stat().st_size == 0:  # which mmap refuses
            return np.empty(0, np.uint8)
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def forget_pages(content: npt.NDArray[Any]) -> None:
    """Let go of the memory that a part of what `map_file` gave takes; it is read again when used.

    Pages of a mapped file that were read count as memory of the process, though the system could
    give them to others. Whoever goes through a large file once need not keep them.

    Parameters
    ----------
    content
        A contiguous part; other arrays stay as they are.
    """
    owner: object = content
    while isinstance(owner, np.ndarray):
        owner = owner.base
    mapped = owner.obj if isinstance(owner, memoryview) else owner
    if not isinstance(mapped, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    first = content.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
    start = -(-first // mmap.PAGESIZE) * mmap.PAGESIZE
    whole = (first + content.nbytes - start) // mmap.PAGESIZE * mmap.PAGESIZE
    if whole > 0:
        mapped.madvise(mmap.MADV_DONTNEED, start, whole)


def check_content(
    name: str,
    file: str,
    content: npt.NDArray[np.uint8],
    record: FileRecord,
    *,
    whole: bool = False,
) -> None:
    """Raise DamagedError unless `content` is what the manifest records.

    Parameters
    ----------
    name, file
        Generation and file, for the message.
    content, record
        Bytes of the file, uint8, and what they should be.
    whole
        Compare the SHA-256, even where the sums of the sectors are known.
    """
    quick = bool(record.sums) and not whole
    digest = hashlib.sha256()
    for start in range(0, content.size, CHECKED_AT_ONCE):
        part = content[start : start + CHECKED_AT_ONCE]
        digest.update((sector_sums(part) if quick else part).data)
        if content.size > CHECKED_AT_ONCE:  # most of it is not used at once
            forget_pages(part)
    if digest.hexdigest() != (record.sums if quick else record.sha256):
        raise damaged(name, file, "was altered: its checksum does not match")


def as_array(content: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Return the array in the bytes of an ``.npy`` file, which were checked; no copy."""
    header = io.BytesIO(content[:HEADER_BYTES].tobytes())
    np.lib.format.read_magic(header)
    shape, _, dtype = np.lib.format.read_array_header_1_0(header)
    return content[header.tell() :].view(dtype).reshape(shape)


def array_header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """Return what an ``.npy`` file with such an array in C order begins with."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header,
        {"descr": dtype.str, "fortran_order": False, "shape": shape},
    )
    return header.getvalue()


def append_lines(path: Path, lines: Sequence[str], *, largest: int = LARGEST_LOG) -> None:
    """Append `lines` to a log; one that is full is first put in place of the older one.

    Raises
    ------
    OSError
        The log cannot be written.
    """
    if path.is_file() and path.stat().st_size >= largest:
        path.replace(older_log(path))
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write("".join(f"{line}\n" for line in lines))


def logged_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a log with those of the older one before it."""
    for kept in (older_log(path), path):
        if kept.is_file():
            with kept.open("rb") as log:
                yield from log
