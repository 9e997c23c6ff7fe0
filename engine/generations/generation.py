"""Reading generations: immutable snapshots of vectors, index and stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.disk.files import array_header, as_array
from engine.disk.layout import INDEX, INDEX_TAIL, SHARD_PREFIX, STAGING_PREFIX, Layout
from engine.domain import Embeddings, Keys, Revisions, Rows, Seconds, Story
from engine.errors import WAY_OUT, DamagedError, NotFoundError, damaged
from engine.generations.manifest import Manifest, decode_manifest
from engine.generations.open_files import OpenFiles
from engine.generations.stories_file import Stories, decode_stories, lines_of
from engine.index.faiss_build import read_native
from engine.index.faiss_index import FaissIndex, Native
from engine.index.truth import Truth
from engine.index.vectors import SHARD_ROWS, MappedVectors, Places, Shard, sampled_rows

OPEN_ATTEMPTS = 5
"""How often a reader starts over when the live generation is replaced and pruned while
it opens it."""

ROWS_OF_A_SPAN = 1 << 12
"""Rows of which the earliest and the latest date are kept: articles arrive nearly by date."""


@dataclass(frozen=True, slots=True)
class GenerationContent:
    """What a generation holds, published or not.

    Attributes
    ----------
    keys
        Int64, (n,), ascending: the store's key of each row.
    published
        Int64, (n,): epoch seconds of publication, `UNDATED` where not known.
    index
        Over the centred vectors, (n, dim); row i is the article `keys[i]`.
    centring
        Content of the centring file, as the encoding stage wrote it.
    stories
        Any order; it is kept.
    run
        The run of the ledger that made the stories; 0: none did.
    """

    keys: Keys
    published: Seconds
    index: FaissIndex
    centring: bytes
    stories: Sequence[Story] = ()
    run: int = 0


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
    revisions
        Int64, (n,): changes whenever what the vector was made from does.
    rows
        The vectors of the rows.
    files
        All that it consists of, open.
    """

    layout: Layout
    manifest: Manifest
    keys: Keys
    published: Seconds
    revisions: Revisions
    rows: MappedVectors = field(repr=False)
    files: OpenFiles = field(repr=False)
    _told: list[Story] = field(default_factory=list, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    @cached_property
    def name(self) -> str:
        """Name of the generation, which is that of its folder."""
        return self.manifest.name

    def vectors(self, rows: Rows | None = None) -> Embeddings:
        """Return the centred vectors of `rows`, or of all, float32, (n_rows, dim).

        Raises
        ------
        DamagedError
            A vector is not what was written.
        """
        return self.rows[slice(None) if rows is None else rows]

    @cached_property
    def sampled(self) -> Embeddings:
        """The vectors of `sampled_rows`, float32, (n, dim).

        Large bases have a file of them: next to each lie 255 others under one checksum.

        Raises
        ------
        DamagedError
            A vector is not what was written.
        """
        file = self.layout.generation(self.name).sampled.name
        if file not in self.files:
            return self.vectors(sampled_rows(len(self)))
        return as_array(self.content(file)).astype(np.float32)

    def rows_of(self, keys: Keys) -> Rows:
        """Return the row of each store key, -1 for those that are not in here."""
        places = np.searchsorted(self.keys, keys)
        if not len(self):
            return Rows(np.full(len(places), -1, np.int64))
        found = self.keys[np.minimum(places, len(self) - 1)] == keys
        return Rows(np.where(found, places, -1).astype(np.int64))

    def rows_between(self, earliest: int, latest: int) -> Rows:
        """Return the rows that were published in a span of time, ascending.

        Parameters
        ----------
        earliest, latest
            Epoch seconds, both included.
        """
        firsts, lasts = self._spans
        spans = np.flatnonzero((lasts >= earliest) & (firsts <= latest))
        rows = (spans[:, None] * ROWS_OF_A_SPAN + np.arange(ROWS_OF_A_SPAN)).ravel()
        rows = rows[: np.searchsorted(rows, len(self))]
        times = self.published[rows]
        return Rows(rows[(times >= earliest) & (times <= latest)])

    @cached_property
    def _spans(self) -> tuple[Seconds, Seconds]:
        """Earliest and latest date of every `ROWS_OF_A_SPAN` rows; undated ones are earliest."""
        starts = np.arange(0, len(self), ROWS_OF_A_SPAN)
        bounds = (np.minimum, np.maximum)
        firsts, lasts = (bound.reduceat(self.published, starts) for bound in bounds)
        return Seconds(firsts), Seconds(lasts)

    @cached_property
    def index(self) -> FaissIndex:
        """The index over the vectors, read on first use.

        Raises
        ------
        DamagedError
            Its files fail their checks.
        """
        manifest = self.manifest
        index = FaissIndex(
            kind=manifest.index_kind,
            vectors=self.rows,
            parameters=manifest.index_parameters,
            native=self._native(INDEX),
            tail=self._native(INDEX_TAIL) if INDEX_TAIL in self.files else None,
            places=self.rows.places,
        )
        if index.n_stored != manifest.n_stored:
            what = f"is over {index.n_stored} vectors, expected {manifest.n_stored}"
            raise damaged(self.name, INDEX, what)
        return index

    def _native(self, file: str) -> Native:
        content = self.content(file)
        try:
            return read_native(content, self.manifest.dim)
        except DamagedError as error:
            raise damaged(self.name, file, str(error)) from error

    @property
    def truth(self) -> Truth | None:
        """What an audit compared with; None where that was not kept.

        Raises
        ------
        DamagedError
            Its file fails its checks.
        """
        file = self.layout.generation(self.name).truth.name
        return Truth.from_bytes(self.content(file).tobytes()) if file in self.files else None

    @property
    def centring(self) -> bytes:
        """The content of ``centring.npz``."""
        return self.content("centring.npz").tobytes()

    @property
    def centring_sum(self) -> str:
        """SHA-256 of the content of ``centring.npz``, hexadecimal."""
        return self.manifest.files["centring.npz"].sha256

    def stories(self) -> list[Story]:
        """Return the stories in the order in which they were published.

        Raises
        ------
        DamagedError
            Their file fails its checks.
        """
        if not self._told:
            self._told[:] = decode_stories(self.content("stories.jsonl").tobytes(), self.name)
        return list(self._told)

    def lines_of_stories(self) -> dict[int, bytes]:
        """Return the line of each story that `stories` gave, as `lines_of` does.

        They hold while this is there; whoever asked for no stories gets none.
        """
        return lines_of(self._told, self.content("stories.jsonl").tobytes()) if self._told else {}

    def stories_by_id(self, known: Stories | None = None) -> Stories:
        """Return the same by id, each made when it is asked for; those that are `known` not again.

        `stories` makes all at once, which takes three quarters of what all of these take.
        """
        return Stories(self.content("stories.jsonl").tobytes(), self.name, known)

    def as_content(self) -> GenerationContent:
        """Return what it holds, in the form in which it was published."""
        return GenerationContent(
            keys=self.keys,
            published=self.published,
            index=self.index,
            centring=self.centring,
            stories=self.stories(),
            run=self.manifest.run,
        )

    def content(self, file: str) -> npt.NDArray[np.uint8]:
        """Return the bytes of one file of the manifest, as `OpenFiles.content` does."""
        return self.files.content(file)

    def check(self) -> None:
        """Compare the SHA-256 of all files; raises as `content` does."""
        self.files.check()


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


def open_live(layout: Layout, held: Generation | None = None) -> Generation:
    """Open the live generation; what it shares with one that is `held` is not checked again.

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
            return open_generation(layout, name, held)
        except DamagedError:
            # A writer may have replaced and pruned it while it was being opened.
            if live_name(layout) == name:
                raise
    return open_generation(layout, live_name(layout), held)


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


def open_generation(layout: Layout, name: str, held: Generation | None = None) -> Generation:
    """Open generation `name`; what it shares with `held` not again. Raises as `open_live` does."""
    manifest = read_manifest(layout, name)
    folder = layout.generation(name).folder
    files = OpenFiles.of(folder, manifest.files, None if held is None else held.files)
    # Shards are checked run by run when they are read; see `MappedVectors`.
    shards = [
        as_shard(name, file, files.contents[file], n_stored=manifest.n_stored, dim=manifest.dim)
        for file in sorted(manifest.files)
        if file.startswith(SHARD_PREFIX)
    ]
    arrays: dict[str, npt.NDArray[Any]] = {
        file: as_array(files.content(file))
        for file in sorted(manifest.files)
        if file.endswith(".npy") and not file.startswith(SHARD_PREFIX)
    }
    places = Places(arrays["places.npy"]) if "places.npy" in arrays else None
    rows = MappedVectors(shards, places, manifest.n_stored, manifest.dim, arrays["checksums.npy"])
    if held is not None:
        rows.take_for_checked(held.rows, files.shared)
    return Generation(
        layout,
        manifest,
        Keys(arrays["keys.npy"]),
        Seconds(arrays["published.npy"]),
        Revisions(arrays["revisions.npy"]),
        rows,
        files,
    )


def as_shard(
    name: str, file: str, content: npt.NDArray[np.uint8], *, n_stored: int, dim: int
) -> Shard:
    """Return the rows in the bytes of a shard.

    Parameters
    ----------
    name, file
        Generation and file, for messages.
    content
        The bytes, uint8.
    n_stored, dim
        Places in all, and length of a row; they tell the shape.

    Raises
    ------
    DamagedError
        The bytes are no shard of that shape.
    """
    first = int(file.removeprefix(SHARD_PREFIX).removesuffix(".npy"))
    shape = (min(SHARD_ROWS, n_stored - first), dim)
    header = array_header(shape, np.dtype(np.float16))
    # The header is compared, not read: nothing vouches for it yet.
    if content[: len(header)].tobytes() != header:
        raise damaged(name, file, f"does not begin as a shard of shape {shape}")
    return Shard(first, content[len(header) :].view(np.float16).reshape(shape), name, file)
