"""A base in a remote: its writer sends it there, and others take it from there."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field

from engine.disk.files import record_of, replace_file, storage_errors, sync_folder
from engine.disk.layout import PUSH_PREFIX, Layout
from engine.disk.lock import WriteLock, pushing
from engine.disk.sealed import read_sealed, sealed
from engine.domain import Value, as_json
from engine.errors import DamagedError, MismatchError
from engine.generations.archive import members_of
from engine.generations.committing import StagingFolder, live_or_none, name_live
from engine.generations.generation import generation_names
from engine.generations.upkeep import adopt, verify_generation
from engine.jobs.base.copying import copied
from engine.jobs.base.reader import Reader
from engine.protocols import Progress, silent
from engine.remote.contents import Contents, checksum, expect_current, read_contents
from engine.remote.folder import RemoteFolder
from engine.remote.sending import Sent, send
from engine.remote.taking import take
from engine.store import Corpus


@dataclass(frozen=True, slots=True)
class Taken(Value):
    """What a pull did.

    Attributes
    ----------
    generation
        Its name; it is live now.
    n_bytes
        What was fetched.
    new
        Whether anything changed.
    """

    generation: str
    n_bytes: int
    new: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a base last sent to a remote or took from it.

    Attributes
    ----------
    generation
        Its name; None: nothing.
    contents
        Checksum of what the remote said of it when it was taken; empty: it was sent.
    files
        States, see `states`, in which files of the base hold nothing of its own, by name.
    """

    generation: str | None = None
    contents: str = ""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)


def push_base(reader: Reader, remote: RemoteFolder, *, force: bool = False) -> Sent:
    """Send the live generation, its articles and what the base has learnt, and make it current.

    Nights may go on meanwhile. What is there already is not sent again.

    Raises
    ------
    NotFoundError
        Nothing is published.
    DamagedError
        The live generation or the articles fail their checks.
    MismatchError, StorageError
        As in `engine.remote.sending.send`.
    LockedError
        Another run is sending.
    """
    layout = reader.layout
    reader = reader.follow()
    reader.generation  # noqa: B018 - opened, so that an empty base says so
    with pushing(layout, command="remote push"):
        for left in layout.root.glob(f"{PUSH_PREFIX}*"):
            shutil.rmtree(left)
        with copied(reader, layout.root, prefix=PUSH_PREFIX) as (generation, copies):
            with Corpus(copies.corpus) as corpus:
                if problems := corpus.check(full=False):
                    raise DamagedError(f"{layout.corpus}: {problems[0]}")
            state = states(copies)
            sent = send(
                remote,
                generation.name,
                members_of(generation, copies),
                seen=_seen(layout, remote).generation,
                force=force,
                progress=reader.setup.progress,
            )
            _remember(layout, remote, Seen(sent.generation, "", _alone(state)))
    return sent


def pull_base(
    lock: WriteLock, remote: RemoteFolder, *, force: bool = False, progress: Progress = silent
) -> Taken:
    """Bring a base to the current generation of a remote.

    Readers have the old one until all of the new one is here and was read through. A run
    that is killed is run again.

    Parameters
    ----------
    lock
        Of the base, which is empty or follows the remote.
    remote
        Where from.
    force
        Give up what was written to the base since.
    progress
        Called as files are taken.

    Raises
    ------
    NotFoundError
        Nothing was sent there yet.
    MismatchError
        The base has something of its own, or a newer engine sent what is there.
    DamagedError
        Something in the remote is missing or altered; the base stays as it was.
    StorageError
        The remote is not reached, or the disk is full.
    """
    layout = lock.layout
    contents = read_contents(remote, expect_current(remote))
    seen, sum_ = _seen(layout, remote), checksum(contents.encode())
    with storage_errors(layout.root):
        if not force:
            _expect_nothing_own(layout, seen, remote)
        if seen.contents == sum_ and live_or_none(layout) == contents.generation:
            return Taken(contents.generation, 0, new=False)
        with StagingFolder(lock) as staging:
            incoming = Layout(staging.files.folder)
            n_bytes = _take(lock, remote, contents, incoming, progress)
            state = states(incoming)
            both = {name: (*seen.files.get(name, ()), each) for name, each in state.items()}
            _remember(layout, remote, Seen(seen.generation, "", seen.files | both))
            _replace(lock, contents.generation, incoming)
        _remember(layout, remote, Seen(contents.generation, sum_, _alone(state)))
    return Taken(contents.generation, n_bytes, new=True)


def _take(
    lock: WriteLock,
    remote: RemoteFolder,
    contents: Contents,
    incoming: Layout,
    progress: Progress,
) -> int:
    """Take all files to `incoming`, put the generation among the others; return bytes fetched."""
    layout, name = lock.layout, contents.generation
    own = {path.name: path for path in (layout.corpus, *layout.learnt)}
    n_bytes = take(
        remote,
        contents,
        [file for file in contents.files if file in own],
        incoming.root,
        near={file: path for file, path in own.items() if path.exists()},
        progress=progress,
    )
    if name in generation_names(layout):
        verify_generation(layout, name)
        return n_bytes
    unpacked = incoming.root / "generation"
    unpacked.mkdir()
    live = live_or_none(layout)
    folder = None if live is None else layout.generation(live).folder
    n_bytes += take(
        remote,
        contents,
        [file for file in contents.files if file not in own],
        unpacked,
        near={} if folder is None else {path.name: path for path in folder.iterdir()},
        linked=True,
        progress=progress,
    )
    adopt(lock, unpacked, name)
    return n_bytes


def _replace(lock: WriteLock, name: str, incoming: Layout) -> None:
    """Put articles and what was learnt in place, then let the generation be live.

    A generation goes with newer articles for a moment, as it does in every night.
    """
    layout = lock.layout
    if layout.corpus.exists():
        with Corpus(layout.corpus) as corpus:
            corpus.replace_by(incoming.corpus)
    else:
        incoming.corpus.rename(layout.corpus)
    for new, old in zip(incoming.learnt, layout.learnt, strict=True):
        if new.exists():
            new.replace(old)
        else:
            old.unlink(missing_ok=True)
    sync_folder(layout.root)
    name_live(lock, name)


def states(layout: Layout) -> dict[str, str]:
    """Return what tells the content of the articles, and of all that was learnt, by file."""
    found = {path.name: record_of(path).sha256 for path in layout.learnt if path.exists()}
    if layout.corpus.exists():
        with Corpus(layout.corpus, read_only=True) as corpus:
            found[layout.corpus.name] = corpus.state()
    return found


def _alone(state: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (each,) for name, each in state.items()}


def _expect_nothing_own(layout: Layout, seen: Seen, remote: RemoteFolder) -> None:
    for name, state in states(layout).items():
        if state not in seen.files.get(name, ()):
            raise MismatchError(
                f"{layout.root / name} holds what {remote.url} does not: take it into a new "
                "folder with --indexes, send this one with 'engine remote push', or give it up "
                "with --force"
            )


def _seen(layout: Layout, remote: RemoteFolder) -> Seen:
    """Return what the base last sent to a remote or took from it.

    Raises
    ------
    DamagedError
        The file is not as it was written.
    """
    try:
        values = read_sealed(layout.remotes, dict).get(remote.url)
        if values is None:
            return Seen()
        files = {str(name): tuple(known) for name, known in values["files"].items()}
        return Seen(values["generation"], values["contents"], files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"{layout.remotes} was altered ({error}); delete it, and run this with --force"
        ) from error


def _remember(layout: Layout, remote: RemoteFolder, seen: Seen) -> None:
    values = read_sealed(layout.remotes, dict) if layout.remotes.exists() else {}
    values |= {remote.url: as_json(seen)}
    replace_file(layout.remotes, (json.dumps(sealed(values), indent=1) + "\n").encode())
