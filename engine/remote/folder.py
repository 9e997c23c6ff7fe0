"""A folder of any file system that fsspec knows: the only module that knows fsspec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from engine.errors import InputError, MissingExtraError, StorageError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

FOLDERS = ("pieces", "contents")
"""What a remote has besides ``CURRENT``; see `engine.remote.contents`."""


class RemoteFolder:
    """A folder with a remote in it. Names are relative to it.

    Parameters
    ----------
    files
        The file system.
    root
        The folder, as the file system calls it.

    Raises
    ------
    StorageError
        Of every method: the file system is not reached, or refuses.
    """

    def __init__(self, files: AbstractFileSystem, root: str) -> None:
        self._files = files
        self._root = root.rstrip("/")

    @property
    def url(self) -> str:
        """The address, without what it may have held of credentials."""
        return str(self._files.unstrip_protocol(self._root))

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, None where there is none."""
        return self.read_all([name])[0]

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the content of each file, None for those that are not there.

        Object stores are asked for all of them at once.
        """
        with self._reached():
            paths = [self._path(name) for name in names]
            found = self._files.cat(paths, on_error="return") if paths else {}
            return [self._content(found[path]) for path in paths]

    @staticmethod
    def _content(found: bytes | Exception) -> bytes | None:
        if isinstance(found, FileNotFoundError):
            return None
        if isinstance(found, Exception):
            raise found
        return found

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the names in a folder, without its own, and their bytes."""
        with self._reached():
            self._files.invalidate_cache()  # else what others wrote is not seen
            found = self._files.find(self._path(folder), detail=True)
            return {path.rpartition("/")[2]: int(about["size"]) for path, about in found.items()}

    def prepare(self) -> None:
        """Make the folders, where the file system has such; a bucket is never made."""
        with self._reached():
            for path in (self._root, *map(self._path, FOLDERS)):
                if "/" in path.strip("/"):
                    with suppress(FileExistsError):
                        self._files.mkdir(path, create_parents=False)

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Write files, by name; a run that is killed may leave one of them cut off."""
        with self._reached():
            self._files.pipe({self._path(name): content for name, content in contents.items()})

    def replace(self, name: str, content: bytes) -> None:
        """Put `content` in place of a file at once."""
        with self._reached():
            beside = self._path(f"{name}.new")
            self._files.pipe_file(beside, content)
            # A file system renames, which is atomic; an object store copies, which is so too.
            self._files.mv(beside, self._path(name))

    def delete(self, names: Sequence[str]) -> None:
        """Delete files that are there."""
        with self._reached():
            if names:
                self._files.rm([self._path(name) for name in names])

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise StorageError for whatever a file system refuses: each has errors of its own."""
        try:
            yield
        except Exception as error:
            said = str(error) or type(error).__name__
            raise StorageError(
                f"{self.url} cannot be used ({said}); what is there and here is as it was: see to "
                "the address, the credentials and the network, and run this again"
            ) from error


def open_remote(url: str) -> RemoteFolder:
    """Return the folder behind an address such as ``s3://bucket/prefix``, or a path.

    Raises
    ------
    InputError
        There are no such addresses.
    MissingExtraError
        The file system needs a package that is not installed.
    """
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(
            f"{url} needs one more package ({error}): pip install 'news-story-engine[remote]' for "
            "S3, and what fsspec names for others"
        ) from error
    except ValueError as error:
        raise InputError(
            f"expected an address such as s3://bucket/prefix, or a path, got {url!r} ({error})"
        ) from error
    return RemoteFolder(files, root)
