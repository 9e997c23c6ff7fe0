"""Opens what is compressed, packed or in another encoding, and writes nothing to where names point.

A bomb is told by what it costs: one budget of bytes holds for an input and everything
packed inside it, however deep.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Final, cast

from engine.domain import Reject
from engine.reading.wide import wide_encoding

MOST_TIMES: Final = 200
"""Unpacked bytes per packed byte; text packs 3 to 30 times, repeated pages 100, bombs 1000."""

FREE_BYTES: Final = 256 * 1024 * 1024
"""Unpacked bytes that are allowed at any ratio."""

DEEPEST: Final = 3
"""Layers: a page, gzipped, in a tar, gzipped."""

_SPOOL_BYTES: Final = 16 * 1024 * 1024
"""Bytes of a stream that cannot seek kept in memory; more go to a temporary file."""

_BLOCK: Final = 1 << 16

_KINDS: Final = (
    ("gzip", 0, b"\x1f\x8b"),
    ("bzip2", 4, b"1AY&SY"),
    ("xz", 0, b"\xfd7zXZ\0"),
    ("zip", 0, b"PK\x03\x04"),
    ("zip", 0, b"PK\x05\x06"),
    ("tar", 257, b"ustar"),
)
"""Kinds of package, and the bytes that tell them at their offset."""

DAMAGE: Final = (
    EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile,
    RuntimeError, NotImplementedError, UnicodeError, ValueError, OverflowError,
)  # fmt: skip
"""What the unpackers of the standard library raise on damaged, encrypted or odd archives."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the longer ones first, since one begins with a shorter one."""

_CHUNK: Final = 1 << 16
"""Bytes decoded at a time."""


class TooLargeError(EOFError):
    """The input unpacks to more than it may."""


@dataclass(slots=True)
class Budget:
    """Bytes that may still be unpacked from one input.

    Attributes
    ----------
    packed
        Counts the packed bytes read so far.
    unpacked
        Bytes unpacked so far, at all depths.
    """

    packed: Callable[[], int]
    unpacked: int = 0

    def spend(self, n_bytes: int) -> None:
        """Count unpacked bytes.

        Raises
        ------
        TooLargeError
            If they are more than the packed bytes can honestly hold.
        """
        self.unpacked += n_bytes
        if self.unpacked > max(FREE_BYTES, MOST_TIMES * self.packed()):
            raise TooLargeError(
                f"unpacks to more than {MOST_TIMES} times its size; left after "
                f"{self.unpacked >> 20} MiB"
            )


class _Counted(io.RawIOBase):
    """Reads an unpacker and charges the budget."""

    def __init__(self, inner: BinaryIO, budget: Budget) -> None:
        super().__init__()
        self._inner = inner
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        data = self._inner.read(len(view))
        self._budget.spend(len(data))
        view[: len(data)] = data
        return len(data)


def unpacked(
    stream: io.BufferedReader, name: str, budget: Budget, *, depth: int = 0
) -> Iterator[tuple[str, io.BufferedReader | Reject]]:
    """Yield every file in `stream` with its name, or the stream itself when it is no package.

    Parameters
    ----------
    stream
        Anything that can peek.
    name
        Its name; members are called ``name!member``.
    budget
        What may be unpacked; see `Budget`.
    depth
        Layers taken off so far.
    """
    head = stream.peek(512)[:512]
    kind = next((kind for kind, start, mark in _KINDS if head.startswith(mark, start)), "")
    if not kind:
        yield name, stream
    elif depth >= DEEPEST:
        yield name, Reject(name, 0, "", f"is packed more than {DEEPEST} times over")
    elif kind == "zip":
        yield from _zip_members(stream, name, budget, depth)
    elif kind == "tar":
        yield from _tar_members(stream, name, budget, depth)
    else:
        opened = _counted(cast("BinaryIO", _opened(kind, stream)), budget)
        yield from unpacked(opened, name, budget, depth=depth + 1)


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Give `stream` itself when it can seek, else a copy of it that can."""
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as copy:
        shutil.copyfileobj(stream, copy, _BLOCK)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def _zip_members(
    stream: io.BufferedReader, name: str, budget: Budget, depth: int
) -> Iterator[tuple[str, io.BufferedReader | Reject]]:
    with seekable(stream) as whole, zipfile.ZipFile(whole) as archive:
        document = _document(archive)
        if document:
            yield name, Reject(name, 0, "", f"is {document}, a format that is not read here")
            return
        for member in archive.infolist():
            label = f"{name}!{member.filename}"
            if member.filename.endswith("/"):  # is_dir fails where the name is empty
                continue
            if not _stays_inside(member.filename):
                yield label, _outside(label)
                continue
            try:
                with archive.open(member) as inner:
                    opened = _counted(cast("BinaryIO", inner), budget)
                    yield from unpacked(opened, label, budget, depth=depth + 1)
            except TooLargeError:
                raise
            except DAMAGE as error:
                yield label, Reject(label, 0, "", f"cannot be unpacked: {error}")


def _document(archive: zipfile.ZipFile) -> str:
    """Return what a package is that is one document and no archive, else empty."""
    names = frozenset(archive.namelist())
    if "META-INF/container.xml" in names:
        return "an EPUB book"
    if "[Content_Types].xml" in names:
        return "an Office document"
    return "an OpenDocument file" if {"mimetype", "content.xml"} <= names else ""


def _tar_members(
    stream: io.BufferedReader, name: str, budget: Budget, depth: int
) -> Iterator[tuple[str, io.BufferedReader | Reject]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            label = f"{name}!{member.name}"
            if member.isdir():
                continue
            if not _stays_inside(member.name):
                yield label, _outside(label)
                continue
            inner = archive.extractfile(member) if member.isreg() else None
            if inner is None:
                yield label, Reject(label, 0, "", "is a link or a device, not a file")
                continue
            opened = _counted(cast("BinaryIO", inner), budget)
            yield from unpacked(opened, label, budget, depth=depth + 1)


def _opened(kind: str, stream: io.BufferedReader) -> object:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=stream)
    return bz2.BZ2File(stream) if kind == "bzip2" else lzma.LZMAFile(stream)


def _counted(inner: BinaryIO, budget: Budget) -> io.BufferedReader:
    return io.BufferedReader(_Counted(inner, budget), buffer_size=_BLOCK)


def _stays_inside(member: str) -> bool:
    path = PurePosixPath(member.replace("\\", "/"))
    drive = path.parts[:1] and path.parts[0].endswith(":")
    return not path.is_absolute() and ".." not in path.parts and not drive


def _outside(label: str) -> Reject:
    return Reject(label, 0, "", "its name points outside the archive")


def as_utf8(stream: io.BufferedReader) -> io.BufferedReader:
    """Return `stream`, in UTF-8 where it is UTF-16 or UTF-32, with a byte order mark or without.

    Pages and feeds stay as they are: they name their encoding themselves. Bytes that do
    not fit become replacement characters.
    """
    head = stream.peek(_CHUNK)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    encoding = encoding or wide_encoding(head)
    if not encoding or _start(head, encoding).startswith("<"):
        return stream
    return io.BufferedReader(_Recoded(stream, encoding))


def _start(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(head[:256]).lstrip()


class _Recoded(io.RawIOBase):
    """A stream of UTF-8 over one of another encoding, which it does not close."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._waiting = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` and return the number of bytes, 0 at the end."""
        while not self._waiting:
            data = self._stream.read(_CHUNK)
            text = self._decoder.decode(data, final=not data)
            self._waiting = text.encode("utf-8", "replace")
            if not data:
                break
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size
