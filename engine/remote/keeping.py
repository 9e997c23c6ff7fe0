"""Keeping a remote: which generations there are, whether they are sound, going back, removing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.domain import Value
from engine.errors import DamagedError, EngineError, NotFoundError
from engine.generations.upkeep import check_kept
from engine.remote.contents import (
    CURRENT,
    Contents,
    contents_path,
    current_name,
    expect_current,
    names_in,
    path_of,
    read_contents,
)
from engine.remote.folder import RemoteFolder
from engine.remote.sending import PIECES_AT_ONCE
from engine.remote.taking import fetch


@dataclass(frozen=True, slots=True)
class RemoteGeneration(Value):
    """One line of the list of generations in a remote.

    Attributes
    ----------
    name
        Of the generation.
    current
        Whether it is the one to take.
    n_bytes
        Of its pieces; generations share pieces, which are counted in each.
    problem
        Why its contents cannot be read, or empty.
    """

    name: str
    current: bool
    n_bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Pruned(Value):
    """What was deleted: names of generations, oldest first, and how many pieces."""

    generations: tuple[str, ...]
    n_pieces: int


def list_remote(remote: RemoteFolder) -> list[RemoteGeneration]:
    """Return all generations in a remote, oldest first, damaged ones too."""
    current = current_name(remote)
    return [_entry(remote, name, current=name == current) for name in names_in(remote)]


def _entry(remote: RemoteFolder, name: str, *, current: bool) -> RemoteGeneration:
    try:
        n_bytes = sum(read_contents(remote, name).pieces().values())
    except (DamagedError, NotFoundError) as error:
        return RemoteGeneration(name, current, 0, str(error))
    return RemoteGeneration(name, current, n_bytes, "")


def verify_remote(remote: RemoteFolder) -> list[str]:
    """Read everything through and return what is wrong, one sentence each.

    An empty list means: one generation is current, and every piece of each is as it was sent.
    """
    problems = []
    names = names_in(remote)
    try:
        if (current := expect_current(remote)) not in names:
            names.append(current)  # whose contents are missing, which is then said
    except EngineError as error:
        problems.append(str(error))
    sound: set[str] = set()
    for name in names:
        try:
            problems += _problems(remote, read_contents(remote, name), sound)
        except DamagedError as error:
            problems.append(str(error))
    return problems


def _problems(remote: RemoteFolder, contents: Contents, sound: set[str]) -> Iterator[str]:
    """Yield what is wrong with the pieces that are not known to be sound, and note those that are.

    Of each file the first piece that is wrong is told.
    """
    for name, file in contents.files.items():
        pieces = list(dict.fromkeys(piece for piece in file.pieces if piece not in sound))
        for start in range(0, len(pieces), PIECES_AT_ONCE):
            some = pieces[start : start + PIECES_AT_ONCE]
            try:
                fetch(remote, some, of=(name, contents.generation))
            except DamagedError as error:
                yield str(error)
                break
            sound.update(some)


def rollback_remote(remote: RemoteFolder, name: str | None = None) -> str:
    """Make another generation current, once it is read through and sound; return its name.

    Parameters
    ----------
    remote
        Where.
    name
        The generation; None takes the one before what is current.

    Raises
    ------
    NotFoundError
        There is no such generation.
    DamagedError
        It is not sound.
    """
    names = names_in(remote)
    if name is None:
        current = expect_current(remote)
        earlier = [each for each in names if each < current]
        if not earlier:
            raise NotFoundError(f"there is no generation before {current} in {remote.url}")
        name = earlier[-1]
    if name not in names:
        raise NotFoundError(
            f"there is no generation {name!r} in {remote.url}; there are: "
            f"{', '.join(names) or 'none'}"
        )
    for problem in _problems(remote, read_contents(remote, name), set()):
        raise DamagedError(problem)
    remote.replace(CURRENT, f"{name}\n".encode())
    return name


def prune_remote(remote: RemoteFolder, *, keep: int) -> Pruned:
    """Delete all but the newest generations, and the pieces that none of the others has.

    What is current is always kept. A push that runs meanwhile says where a piece that it
    counted on is gone, and is run again.

    Parameters
    ----------
    remote
        Where.
    keep
        Newest generations to keep, at least 1.

    Raises
    ------
    InputError
        `keep` is less than 1.
    NotFoundError, DamagedError
        Nothing is current, or the contents of what is kept cannot be read: nothing is deleted.
    """
    check_kept(keep)
    # In this order: what is sent from now on is not in the list of pieces.
    there = remote.sizes("pieces")
    current = expect_current(remote)
    names = names_in(remote)
    kept = {*names[-keep:], current}
    used = {piece for name in kept for piece in read_contents(remote, name).pieces()}
    gone = [name for name in names if name not in kept]
    remote.delete([contents_path(name) for name in gone])
    unused = sorted(there.keys() - used)
    remote.delete([path_of(piece) for piece in unused])
    return Pruned(tuple(gone), len(unused))
