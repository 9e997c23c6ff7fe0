"""What a remote holds.

::

    CURRENT                       name of the generation to take, replaced atomically
    contents/<generation>.json    its files, each as a list of pieces; written after them
    pieces/<SHA-256>              256 KiB of a file or its rest, named by what it holds

A piece is written once, however many files and generations have it. So what a night left as it
was is not sent again, and generations of two writers cannot mix.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.disk.sealed import sealed, unsealed
from engine.domain import Value
from engine.errors import DamagedError, MismatchError, NotFoundError
from engine.remote.folder import RemoteFolder

SCHEMA_VERSION = 1
"""Of contents; raised when older engines could not read them."""

CURRENT = "CURRENT"

PIECE_BYTES = 1 << 18
"""Bytes of a piece, all but the last of a file; `docs/decisions/0025-scale.md` compares sizes."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class RemoteFile(Value):
    """One file: its size in bytes, and the SHA-256 (hexadecimal) of each piece in order."""

    n_bytes: int
    pieces: tuple[str, ...]

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield each piece with its size in bytes."""
        for number, piece in enumerate(self.pieces):
            yield piece, min(PIECE_BYTES, self.n_bytes - number * PIECE_BYTES)


@dataclass(frozen=True, slots=True)
class Contents:
    """One generation in a remote, with its articles and what the base had learnt.

    Attributes
    ----------
    generation
        Its name.
    after
        What was current when it was first sent; None: nothing.
    files
        By name: of the generation, the article store, and what was learnt.
    """

    generation: str
    after: str | None
    files: dict[str, RemoteFile]

    def pieces(self) -> dict[str, int]:
        """Return each piece once, with its size in bytes."""
        return dict(size for file in self.files.values() for size in file.sizes())

    def encode(self) -> bytes:
        """Return the contents as sealed JSON; equal contents give equal bytes."""
        values = {
            "schema": SCHEMA_VERSION,
            "generation": self.generation,
            "after": self.after,
            "files": {name: self.files[name].to_dict() for name in sorted(self.files)},
        }
        return (json.dumps(sealed(values)) + "\n").encode()


def pieces_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the checksum and the bytes of each piece of a local file, in order."""
    with path.open("rb") as stream:
        while content := stream.read(PIECE_BYTES):
            yield checksum(content), content


def checksum(content: bytes) -> str:
    """Return what a piece with such bytes is called."""
    return hashlib.sha256(content).hexdigest()


def path_of(piece: str) -> str:
    """Return where a piece lies in a remote."""
    return f"pieces/{piece}"


def contents_path(generation: str) -> str:
    """Return where the contents of a generation lie in a remote."""
    return f"contents/{generation}.json"


def current_name(remote: RemoteFolder) -> str | None:
    """Return the name of the generation to take; None where nothing was sent yet.

    Raises
    ------
    DamagedError
        ``CURRENT`` names none.
    """
    content = remote.read(CURRENT)
    if content is None:
        return None
    name = content.decode("ascii", "replace").strip()
    if not _NAME.fullmatch(name):
        raise DamagedError(
            f"{CURRENT} of {remote.url} names no generation but {name!r}; run 'engine remote "
            "rollback' with the name of one"
        )
    return name


def expect_current(remote: RemoteFolder) -> str:
    """Return the name of the generation to take; raises NotFoundError where there is none."""
    name = current_name(remote)
    if name is None:
        raise NotFoundError(f"nothing was sent to {remote.url} yet; run 'engine remote push'")
    return name


def names_in(remote: RemoteFolder) -> list[str]:
    """Return the names of all generations in a remote, oldest first."""
    found = remote.sizes("contents")
    return sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))


def read_contents(remote: RemoteFolder, name: str) -> Contents:
    """Return the contents of one generation.

    Raises
    ------
    DamagedError
        They are missing or altered.
    MismatchError
        A newer engine wrote them.
    """
    content = remote.read(contents_path(name))
    if content is None:
        raise DamagedError(f"{remote.url} holds no contents of generation {name}; {WAYS_OUT}")
    try:
        values = unsealed(json.loads(content))
        newer = int(values["schema"]) > SCHEMA_VERSION
        found = None if newer else _from_values(values, name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"the contents of generation {name} in {remote.url} were altered ({error}); {WAYS_OUT}"
        ) from error
    if found is None:
        raise MismatchError(
            f"generation {name} in {remote.url} has schema {values['schema']}, this engine knows "
            f"{SCHEMA_VERSION}; upgrade the engine"
        )
    return found


WAYS_OUT = "run 'engine remote push' where it was made, or 'engine remote rollback' for another"


def _from_values(values: dict[str, Any], name: str) -> Contents:
    files = {
        file: RemoteFile(int(about["n_bytes"]), tuple(about["pieces"]))
        for file, about in values["files"].items()
    }
    if values["generation"] != name:
        raise ValueError(f"they are those of {values['generation']!r}")
    # A name with a slash would be written elsewhere.
    for file in files:
        if not _NAME.fullmatch(file):
            raise ValueError(f"{file!r} is no name of a file")
    return Contents(name, values["after"], files)


def damaged_piece(remote: RemoteFolder, piece: str, of: tuple[str, str], what: str) -> DamagedError:
    """Return the error for one piece of a file and its generation."""
    file, generation = of
    return DamagedError(
        f"generation {generation} in {remote.url}: a piece of {file} {what} ({path_of(piece)}); "
        f"delete it if it is there, and {WAYS_OUT}"
    )
