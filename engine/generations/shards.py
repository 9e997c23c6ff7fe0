"""Writing vectors as half-precision shards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.disk.files import FileRecord, write_checked
from engine.disk.layout import GenerationLayout
from engine.domain import Embeddings
from engine.errors import InputError
from engine.index.vectors import SHARD_ROWS, HalfRows, run_checksums


class ShardWriter:
    """Takes vectors block by block and writes them as shards of `SHARD_ROWS` rows.

    One shard is held in memory, 48 MiB at 384 dimensions.

    Parameters
    ----------
    staging
        Folder to write in.
    dim
        Length of a vector.
    first
        Place of the next vector.
    begun
        Vectors of a shard that is to be filled up, (n, dim); they end before `first`.

    Attributes
    ----------
    files
        The shards that are written, by name.
    checksums
        Of each shard that is written, by its first place.
    """

    def __init__(
        self, staging: GenerationLayout, dim: int, *, first: int = 0, begun: HalfRows | None = None
    ) -> None:
        self.files: dict[str, FileRecord] = {}
        self.checksums: dict[int, npt.NDArray[np.uint32]] = {}
        self.n_stored = first
        self.dim = dim
        self._staging = staging
        self._buffer = np.empty((SHARD_ROWS, dim), np.float16)  # pages are taken when used
        self._filled = 0
        if begun is not None:
            self._buffer[: len(begun)] = begun
            self._filled = len(begun)

    def add(self, vectors: Embeddings) -> None:
        """Append `vectors`, (n, dim).

        Raises
        ------
        InputError
            They have another dimension than those before.
        """
        if vectors.shape[1] != self.dim:
            raise InputError(f"expected {self.dim} dimensions, got {vectors.shape[1]}")
        start = 0
        while start < len(vectors):
            part = vectors[start : start + SHARD_ROWS - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            self.n_stored += len(part)
            start += len(part)
            if self._filled == SHARD_ROWS:
                self._write()

    def finish(self) -> None:
        """Write what is left."""
        if self._filled:
            self._write()

    def _write(self) -> None:
        first = self.n_stored - self._filled
        path = self._staging.shard(first)
        rows = self._buffer[: self._filled]
        self.files[path.name] = write_checked(path, rows)
        self.checksums[first] = run_checksums(rows)
        self._filled = 0
