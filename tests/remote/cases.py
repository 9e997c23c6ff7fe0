"""Remotes of every kind, one that stops in the middle, and what is sent to them."""

import shutil

from fsspec.implementations.local import LocalFileSystem

from engine.disk.layout import Layout
from engine.generations.archive import members_of
from engine.remote.contents import PIECE_BYTES, expect_current, read_contents
from engine.remote.sending import send
from engine.remote.taking import take
from tests.generations.cases import publish_one

ARTICLES = b"".join(bytes([number]) * PIECE_BYTES for number in range(3)) + b"the rest"
"""Four pieces, the last of them short."""


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it and go on."""


class StoppingFiles(LocalFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """A local file system that stops at one of its writes, which is left half done."""

    cachable = False

    def __init__(self, *, at=0, error=None, before=None):
        super().__init__()
        self.n_writes, self.at, self.error, self.before = 0, at, error, before

    def _write(self):
        self.n_writes += 1
        if self.before is not None:
            self.before(self.n_writes)
        return self.n_writes == self.at

    def pipe_file(self, path, value, mode="overwrite", **options):
        if self._write():
            super().pipe_file(path, value[: len(value) // 2])
            raise self.error
        super().pipe_file(path, value)

    def mv(self, path1, path2, **options):
        if self._write():
            raise self.error
        super().mv(path1, path2, **options)


def members(layout, generation, articles=ARTICLES):
    """Return the files of a generation with articles, as they are sent."""
    copies = Layout(layout.root / "copies")
    shutil.rmtree(copies.root, ignore_errors=True)
    copies.root.mkdir()
    copies.corpus.write_bytes(articles)
    return members_of(generation, copies)


def publish_and_send(layout, remote, *, seed=0, seen=None, articles=ARTICLES, **options):
    """Publish a generation, send it, and return what was sent."""
    generation = publish_one(layout, seed=seed, n=30)
    files = members(layout, generation, articles)
    return send(remote, generation.name, files, seen=seen, **options)


def taken(remote, folder):
    """Take what is current to a new folder and return its files, by name."""
    contents = read_contents(remote, expect_current(remote))
    folder.mkdir()
    take(remote, contents, list(contents.files), folder, near={})
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sent_files(layout, name, articles=ARTICLES):
    """Return what `taken` should be."""
    folder = layout.generation(name).folder
    own = {path.name: path.read_bytes() for path in folder.iterdir()}
    return own | {layout.corpus.name: articles}
