"""Reading generations: immutable snapshots of vectors, index and stories."""

from __future__ import annotations

import hashlib
import io
import mmap
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Rows, Story
from engine.errors import DamagedError, NotFoundError
from engine.indexing.faiss_index import FaissIndex, read_index
from engine.indexing.layout import STAGING_PREFIX, Layout
from engine.indexing.manifest import WAY_OUT, FileRecord, Manifest, decode_manifest
from engine.indexing.stories_file import decode_stories

UNDATED = int(np.iinfo(np.int64).min)
"""In `Generation.published`: the time of publication is not known."""

CHECKED_BYTES = 1 << 26
"""Files up to 64 MiB are checked against their SHA-256 when they are first used (40 ms
at 1.7 GB/s); of larger ones only the size, until `verify` reads them."""

ARRAYS = ("keys.npy", "published.npy", "embeddings.npy")
HEADER_BYTES = 128
"""Of an ``.npy`` file of version 1 with one or two dimensions."""

OPEN_ATTEMPTS = 5
"""How often a reader starts over when the live generation is replaced and pruned while
it opens it."""


@dataclass(frozen=True)
class Generation:
    """One published generation, memory-mapped; it stays readable after it is pruned.

    Attributes
    ----------
    layout
        The base it belongs to.
    manifest
        What it holds.
    keys
        Int64, (n,), ascending: the store's key of each row.
    published
        Int64, (n,): epoch seconds of publication, `UNDATED` where not known.
    """

    layout: Layout
    manifest: Manifest
    keys: Rows
    published: Rows
    _embeddings: Embeddings = field(repr=False)
    _files: dict[str, npt.NDArray[np.uint8]] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    @property
    def name(self) -> str:
        """Name of the generation, which is that of its folder."""
        return self.manifest.name

    def vectors(self, rows: Rows | None = None) -> Embeddings:
        """Return the centred vectors of `rows`, float32, (n_rows, dim).

        All of them, memory-mapped and read-only, where `rows` is None.
        """
        return self._embeddings if rows is None else self._embeddings[rows]

    def rows_of(self, keys: Rows) -> Rows:
        """Return the row of each store key, -1 for those that are not in here."""
        places = np.searchsorted(self.keys, keys)
        if not len(self):
            return np.full(len(places), -1, np.int64)
        found = self.keys[np.minimum(places, len(self) - 1)] == keys
        return np.where(found, places, -1).astype(np.int64)

    @cached_property
    def index(self) -> FaissIndex:
        """The index over the vectors, read on first use.

        Raises
        ------
        DamagedError
            Its file fails its checks.
        """
        try:
            return read_index(
                self.content("index.faiss"),
                self._embeddings,
                kind=self.manifest.index_kind,
                parameters=self.manifest.index_parameters,
            )
        except DamagedError as error:
            raise DamagedError(f"generation {self.name}: {error}; {WAY_OUT}") from error

    @property
    def centring(self) -> bytes:
        """The content of ``centring.npz``."""
        return self.content("centring.npz").tobytes()

    def stories(self) -> list[Story]:
        """Return the stories in the order in which they were published.

        Raises
        ------
        DamagedError
            Their file fails its checks.
        """
        content = self.content("stories.jsonl").tobytes()
        try:
            return decode_stories(content)
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(self.name, "stories.jsonl", f"holds no story ({error})") from error

    def content(self, file: str) -> npt.NDArray[np.uint8]:
        """Return the bytes of one file of the manifest, memory-mapped, uint8, (n_bytes,).

        Raises
        ------
        DamagedError
            They are not what the manifest records.
        """
        content = self._files[file]
        check_content(self.name, file, content, self.manifest.files[file])
        return content


def damaged(name: str, file: str, what: str) -> DamagedError:
    """Return the error for one file of generation `name`."""
    return DamagedError(f"generation {name}: {file} {what}; {WAY_OUT}")


def check_content(
    name: str,
    file: str,
    content: npt.NDArray[np.uint8],
    record: FileRecord,
    *,
    limit: int | None = CHECKED_BYTES,
) -> None:
    """Raise DamagedError unless `content` is what the manifest records.

    Parameters
    ----------
    name, file
        Generation and file, for the message.
    content, record
        Bytes of the file, uint8, and what they should be.
    limit
        Larger files are not read through; None reads all.
    """
    if content.size != record.n_bytes:
        raise damaged(name, file, f"has {content.size} bytes, expected {record.n_bytes}")
    if limit is not None and content.size > limit:
        return
    if hashlib.sha256(content.data).hexdigest() != record.sha256:
        raise damaged(name, file, "was altered: its checksum does not match")


def map_file(path: Path) -> npt.NDArray[np.uint8]:
    """Return the bytes of `path`, memory-mapped: valid even after it is deleted."""
    with path.open("rb") as stream:
        if path.stat().st_size == 0:  # which mmap refuses
            return np.empty(0, np.uint8)
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def generation_names(layout: Layout) -> list[str]:
    """Return the names of all published generations, oldest first."""
    if not layout.generations.is_dir():
        return []
    return sorted(
        path.name
        for path in layout.generations.iterdir()
        if path.is_dir() and not path.name.startswith(STAGING_PREFIX)
    )


def live_name(layout: Layout) -> str:
    """Return what ``CURRENT`` says: the name of the live generation.

    Raises
    ------
    NotFoundError
        Nothing was published yet.
    DamagedError
        There are generations, but none is named as the live one.
    """
    try:
        name = layout.current.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        if generation_names(layout):
            raise DamagedError(
                f"{layout.current} is missing, so no generation is live; "
                "run 'engine rollback' to make the newest sound one live"
            ) from error
        raise NotFoundError(
            f"no generation is published in {layout.root}; run 'engine rebuild' first"
        ) from error
    except UnicodeDecodeError as error:
        raise DamagedError(f"{layout.current} names no generation; {WAY_OUT}") from error
    if not name or Path(name).name != name:
        raise DamagedError(f"{layout.current} names no generation but {name!r}; {WAY_OUT}")
    return name


def open_live(layout: Layout) -> Generation:
    """Open the live generation.

    Raises
    ------
    NotFoundError
        Nothing was published yet.
    DamagedError
        A file is missing, truncated or altered; the message names it and the way out.
    MismatchError
        A newer engine published it.
    """
    for _ in range(OPEN_ATTEMPTS - 1):
        name = live_name(layout)
        try:
            return open_generation(layout, name)
        except DamagedError:
            # A writer may have replaced and pruned it while it was being opened.
            if live_name(layout) == name:
                raise
    return open_generation(layout, live_name(layout))


def read_manifest(layout: Layout, name: str) -> Manifest:
    """Read the manifest of generation `name`.

    Raises
    ------
    DamagedError
        It is missing or altered.
    MismatchError
        A newer engine wrote it.
    """
    files = layout.generation(name)
    if not files.folder.is_dir():
        raise DamagedError(f"generation {name} is not in {layout.generations}; {WAY_OUT}")
    try:
        content = files.manifest.read_bytes()
    except FileNotFoundError as error:
        raise damaged(name, "manifest.json", "is missing") from error
    return decode_manifest(content, name)


def open_generation(layout: Layout, name: str) -> Generation:
    """Open generation `name`; raises as `open_live` does."""
    manifest = read_manifest(layout, name)
    folder = layout.generation(name).folder
    files = {}
    for file, record in manifest.files.items():
        try:
            files[file] = map_file(folder / file)
        except FileNotFoundError as error:
            raise damaged(name, file, "is missing") from error
        # Sizes now; what is in a file when it is used, and the arrays are used below.
        limit = CHECKED_BYTES if file.endswith(".npy") else 0
        check_content(name, file, files[file], record, limit=limit)
    keys, published, vectors = (as_array(name, file, files[file]) for file in ARRAYS)
    expected = [(manifest.n_articles,)] * 2 + [(manifest.n_articles, manifest.dim)]
    for file, array, shape in zip(ARRAYS, (keys, published, vectors), expected, strict=True):
        if array.shape != shape:
            raise damaged(name, file, f"has shape {array.shape}, expected {shape}")
    return Generation(layout, manifest, keys, published, vectors, files)


def as_array(name: str, file: str, content: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Return the array in the bytes of an ``.npy`` file, without a copy.

    Raises
    ------
    DamagedError
        The bytes are no such file.
    """
    header = io.BytesIO(content[:HEADER_BYTES].tobytes())
    try:
        np.lib.format.read_magic(header)
        shape, _, dtype = np.lib.format.read_array_header_1_0(header)
        return content[header.tell() :].view(dtype).reshape(shape)
    except ValueError as error:
        raise damaged(name, file, f"is no array ({error})") from error
