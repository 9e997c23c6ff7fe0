"""Taking the files of a generation, every piece checked before it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from engine.disk.files import link_or_copy, sync_file, sync_folder
from engine.protocols import Progress, silent
from engine.remote.contents import (
    PIECE_BYTES,
    Contents,
    checksum,
    damaged_piece,
    path_of,
    pieces_of,
)
from engine.remote.folder import RemoteFolder
from engine.remote.sending import PIECES_AT_ONCE


def take(
    remote: RemoteFolder,
    contents: Contents,
    names: Sequence[str],
    folder: Path,
    *,
    near: Mapping[str, Path],
    linked: bool = False,
    progress: Progress = silent,
) -> int:
    """Write files of a generation to `folder` and return the bytes that were fetched.

    Parameters
    ----------
    remote, contents
        Where from, and what is there.
    names
        Which files.
    folder
        Where to.
    near
        Files of the base that may hold the same pieces in the same places, by name.
    linked
        Whether a file that is as it is in `near` gets a second name instead of a copy.
    progress
        Called as files are done.

    Raises
    ------
    DamagedError
        A piece is missing or altered.
    StorageError
        The remote is not reached, or refuses.
    """
    n_bytes = 0
    for done, name in enumerate(names, 1):
        pieces, own, path = contents.files[name].pieces, near.get(name), folder / name
        if linked and own is not None and pieces == tuple(piece for piece, _ in pieces_of(own)):
            link_or_copy(own, path)
        else:
            n_bytes += _write(remote, pieces, path, own=own, of=(name, contents.generation))
        progress("taking files", done, len(names))
    sync_folder(folder)
    return n_bytes


def _write(
    remote: RemoteFolder,
    pieces: Sequence[str],
    path: Path,
    *,
    own: Path | None,
    of: tuple[str, str],
) -> int:
    """Write one file, with what `own` has of it, and return the bytes that were fetched."""
    n_bytes = 0
    with path.open("wb") as target, BytesIO() if own is None else own.open("rb") as here:
        for start in range(0, len(pieces), PIECES_AT_ONCE):
            wanted = pieces[start : start + PIECES_AT_ONCE]
            held = [here.read(PIECE_BYTES) for _ in wanted]
            found = fetch(
                remote,
                [
                    piece
                    for piece, content in zip(wanted, held, strict=True)
                    if checksum(content) != piece
                ],
                of=of,
            )
            n_bytes += sum(map(len, found.values()))
            for piece, content in zip(wanted, held, strict=True):
                target.write(found.get(piece, content))
    sync_file(path)
    return n_bytes


def fetch(remote: RemoteFolder, pieces: Sequence[str], *, of: tuple[str, str]) -> dict[str, bytes]:
    """Return the bytes of each piece.

    Parameters
    ----------
    remote
        Where they are.
    pieces
        Their names.
    of
        A file that they belong to and its generation, for the message.

    Raises
    ------
    DamagedError
        One is missing or altered.
    """
    found = {}
    paths = [path_of(piece) for piece in pieces]
    for piece, content in zip(pieces, remote.read_all(paths), strict=True):
        if content is None:
            raise damaged_piece(remote, piece, of, "is missing")
        if checksum(content) != piece:
            raise damaged_piece(remote, piece, of, "was altered: its checksum does not match")
        found[piece] = content
    return found
