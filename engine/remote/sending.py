"""Sending a generation: pieces first, then its contents, and what is current last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.domain import Value
from engine.errors import DamagedError, MismatchError, StorageError
from engine.protocols import Progress, silent
from engine.remote.contents import (
    CURRENT,
    Contents,
    RemoteFile,
    contents_path,
    current_name,
    path_of,
    pieces_of,
    read_contents,
)
from engine.remote.folder import RemoteFolder

PIECES_AT_ONCE = 64
"""Pieces that are on their way together, so 16 MiB of memory."""


@dataclass(frozen=True, slots=True)
class Sent(Value):
    """What a push did.

    Attributes
    ----------
    generation
        Its name; it is current now.
    n_pieces, n_bytes
        All pieces of the generation, its articles and what was learnt.
    n_sent, n_sent_bytes
        Those of them that were not there yet.
    """

    generation: str
    n_pieces: int
    n_bytes: int
    n_sent: int
    n_sent_bytes: int


def send(
    remote: RemoteFolder,
    generation: str,
    files: Mapping[str, Path],
    *,
    seen: str | None,
    force: bool = False,
    progress: Progress = silent,
) -> Sent:
    """Send a generation and make it current.

    A run that is killed leaves what was current as it was; the next one goes on.

    Parameters
    ----------
    remote
        Where to.
    generation
        Its name.
    files
        What it consists of, by name; nobody writes to them.
    seen
        What this base last sent there or took from there, None: nothing.
    force
        Send it whatever is current there.
    progress
        Called as pieces are sent.

    Raises
    ------
    MismatchError
        What is current was sent by another base and is not known to this one.
    StorageError
        The remote is not reached, or refuses; or pieces were deleted meanwhile.
    """
    current = current_name(remote)
    if not force:
        _expect_known(remote, current, seen, generation)
    contents = Contents(generation, _before(remote, generation, current), _cut(files))
    remote.prepare()
    pieces = contents.pieces()
    missing = _missing(remote, pieces)
    _send(remote, files, missing, progress)
    if _missing(remote, pieces):
        raise StorageError(f"pieces in {remote.url} were deleted meanwhile; run this again")
    remote.replace(contents_path(generation), contents.encode())
    if current_name(remote) != current:
        raise MismatchError(f"another run made something else current in {remote.url} meanwhile")
    if current != generation:
        remote.replace(CURRENT, f"{generation}\n".encode())
    return Sent(generation, len(pieces), sum(pieces.values()), len(missing), sum(missing.values()))


def _expect_known(
    remote: RemoteFolder, current: str | None, seen: str | None, generation: str
) -> None:
    """Raise MismatchError unless what is current is what this base saw last, or came before."""
    if current in {None, seen, generation}:
        return
    earlier = seen
    while earlier is not None:
        try:
            earlier = read_contents(remote, earlier).after
        except DamagedError:  # it was pruned, as a rule
            break
        if earlier == current:  # somebody went back to it
            return
    raise MismatchError(
        f"generation {current}, which is current in {remote.url}, was sent by another base: take "
        "it into a new folder with 'engine remote pull' and go on there, or put this base in its "
        "place with --force"
    )


def _before(remote: RemoteFolder, generation: str, current: str | None) -> str | None:
    """Return what was current when a generation was first sent."""
    if current is None:
        return None
    try:
        return read_contents(remote, generation).after
    except DamagedError:
        return None if current == generation else current


def _cut(files: Mapping[str, Path]) -> dict[str, RemoteFile]:
    return {
        name: RemoteFile(path.stat().st_size, tuple(piece for piece, _ in pieces_of(path)))
        for name, path in files.items()
    }


def _missing(remote: RemoteFolder, pieces: Mapping[str, int]) -> dict[str, int]:
    """Return the pieces that are not there, or were cut off as they were written."""
    there = remote.sizes("pieces")
    return {piece: size for piece, size in pieces.items() if there.get(piece) != size}


def _send(
    remote: RemoteFolder, files: Mapping[str, Path], missing: Mapping[str, int], progress: Progress
) -> None:
    done = 0
    wanted = _wanted(files, missing)
    while batch := list(islice(wanted, PIECES_AT_ONCE)):
        remote.write({path_of(piece): content for piece, content in batch})
        done += len(batch)
        progress("sending", done, len(missing))


def _wanted(files: Mapping[str, Path], missing: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield each missing piece once, as the files have it."""
    left = set(missing)
    for path in files.values():
        for piece, content in pieces_of(path):
            if piece in left:
                left.remove(piece)
                yield piece, content
