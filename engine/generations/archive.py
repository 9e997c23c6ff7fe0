"""One generation, its articles and what the base has learnt as one file, for another machine."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO

from engine.disk.files import (
    CHUNK_BYTES,
    FileRecord,
    record_of,
    replaced_file,
    storage_errors,
    sync_file,
    sync_folder,
)
from engine.disk.layout import Layout
from engine.disk.lock import WriteLock
from engine.errors import DamagedError, InputError, MismatchError
from engine.generations.committing import StagingFolder, name_live
from engine.generations.generation import Generation, generation_names
from engine.generations.upkeep import adopt, verify_generation

SCHEMA_VERSION = 2
"""Of the archive; raised when older engines could not read it."""

CONTENTS = "contents.json"
"""First member: schema, name of the generation, size and checksum of each other member."""

MOST_CONTENTS_BYTES = 1 << 24

CORPUS = "corpus.sqlite"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def export_archive(generation: Generation, target: Path, *, copies: Layout) -> None:
    """Write `generation`, its articles and what the base has learnt to one tar file.

    Parameters
    ----------
    generation
        What to export; it is read through first.
    target
        The file; replaced at once when the archive is whole.
    copies
        Of the article store that belongs to it, of what was learnt and, where they are wanted,
        of the watches; nobody writes to them.

    Raises
    ------
    DamagedError
        The generation fails its checks.
    StorageError
        The file cannot be written.
    """
    members = members_of(generation, copies)
    contents = {
        "schema": SCHEMA_VERSION,
        "generation": generation.name,
        "files": {file: asdict(record_of(path)) for file, path in members.items()},
    }
    with (
        storage_errors(target.parent),
        replaced_file(target) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        head = json.dumps(contents, indent=1).encode()
        entry = tarfile.TarInfo(CONTENTS)
        entry.size = len(head)
        archive.addfile(entry, io.BytesIO(head))
        for file, path in members.items():
            archive.add(path, file, recursive=False, filter=_anonymous)


def members_of(generation: Generation, copies: Layout) -> dict[str, Path]:
    """Return the files that another machine needs, by name; parameters as in `export_archive`.

    Raises
    ------
    DamagedError
        The generation, which is read through, fails its checks.
    """
    layout = generation.layout
    verify_generation(layout, generation.name)
    folder = layout.generation(generation.name).folder
    members = {file: folder / file for file in ("manifest.json", *generation.manifest.files)}
    own = (copies.corpus, *copies.learnt, copies.watches)
    return members | {path.name: path for path in own if path.exists()}


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owns a file."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _accept(_corpus: Path) -> None:
    """Take an article store as it is."""


def import_archive(
    lock: WriteLock, source: Path, *, check: Callable[[Path], None] = _accept
) -> Generation:
    """Make a base of what `export_archive` wrote.

    Parameters
    ----------
    lock
        Of a base that is empty.
    source
        The archive.
    check
        Raises DamagedError where the article store that it is given is not sound.

    Raises
    ------
    InputError
        There is something in the base already, or `source` cannot be read.
    DamagedError
        The archive is not whole, or what it holds was not.
    MismatchError
        A newer engine wrote it.
    StorageError
        As in `publish`.
    """
    layout = lock.layout
    with storage_errors(layout.root):
        own = (*layout.learnt, layout.watches)
        there = any(path.exists() for path in (layout.corpus, *own))
        if there or generation_names(layout):
            raise InputError(
                f"{layout.root} holds a base already; import into a new folder with --indexes"
            )
        with StagingFolder(lock) as staging:
            unpacked = staging.files.folder / "generation"
            unpacked.mkdir()
            name = _unpack(source, unpacked)
            beside = [
                (unpacked / name).rename(staging.files.folder / name)
                for name in (CORPUS, *(path.name for path in own))
                if (unpacked / name).exists()
            ]
            check(staging.files.folder / CORPUS)
            sync_folder(unpacked)
            generation = adopt(lock, unpacked, name)
            for path in beside:
                path.rename(layout.root / path.name)
            sync_folder(layout.root)
            name_live(lock, name)
    return generation


def _unpack(source: Path, folder: Path) -> str:
    """Write the members of an archive to `folder` and return the name of the generation."""
    try:
        with tarfile.open(source, "r:") as archive:
            name, records = _contents(archive, source)
            for entry in archive:
                if entry.name != CONTENTS:
                    _unpack_one(archive, entry, folder, records)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {source}") from error
    except MismatchError:
        raise
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise _not_whole(source, str(error)) from error
    if records:
        raise _not_whole(source, f"{min(records)} is missing")
    return name


def _contents(archive: tarfile.TarFile, source: Path) -> tuple[str, dict[str, FileRecord]]:
    """Return the name of the generation and what the archive should hold."""
    entry = archive.next()
    if entry is None or entry.name != CONTENTS or entry.size > MOST_CONTENTS_BYTES:
        raise ValueError(f"it does not begin with {CONTENTS}")
    contents = json.loads(_stream(archive, entry).read())
    if int(contents["schema"]) > SCHEMA_VERSION:
        raise MismatchError(
            f"{source} has schema {contents['schema']}, this engine knows {SCHEMA_VERSION}; "
            "upgrade the engine"
        )
    records = {file: FileRecord(**record) for file, record in contents["files"].items()}
    for name in (contents["generation"], *records):
        if not _PLAIN_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file")
    if CORPUS not in records:
        raise ValueError(f"{CORPUS} is not listed")
    return contents["generation"], records


def _unpack_one(
    archive: tarfile.TarFile,
    entry: tarfile.TarInfo,
    folder: Path,
    records: dict[str, FileRecord],
) -> None:
    """Write one member and strike it off `records`."""
    record = records.pop(entry.name, None)
    if record is None or entry.size != record.n_bytes:
        raise ValueError(f"{entry.name} is not as listed")
    path = folder / entry.name
    with path.open("wb") as target:
        shutil.copyfileobj(_stream(archive, entry), target, CHUNK_BYTES)
    # Where watches go is for their owner's eyes, here as where they come from.
    path.chmod(path.stat().st_mode & (entry.mode | 0o600))
    sync_file(path)
    if record_of(path).sha256 != record.sha256:  # an earlier engine listed no sums
        raise ValueError(f"{entry.name} was altered: its checksum does not match")


def _stream(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(entry)
    if stream is None:
        raise ValueError(f"{entry.name} is no file")
    return stream


def _not_whole(source: Path, what: str) -> DamagedError:
    return DamagedError(f"{source} is not whole: {what}; export it again")
