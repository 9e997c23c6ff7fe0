"""What every verb on a base needs: the reader, the writer, and the end of both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.disk.layout import base_layout
from engine.disk.lock import WriteLock, writing
from engine.errors import ClosedError
from engine.jobs.base.reader import Reader
from engine.jobs.base.setup import SHIPPED, Setup
from engine.protocols import Closing

if TYPE_CHECKING:
    from engine.generations.ahead import OpenedAhead
    from engine.jobs.base.writer import Writer


class OpenBase(Closing):
    """One base of articles, open until it is closed; `engine.facade.Base` adds the verbs.

    Parameters
    ----------
    folder
        Where the base lies; made by the first ingest.
    setup
        What varies.
    ahead
        Has begun to open the base.
    """

    def __init__(
        self, folder: str | Path, setup: Setup = SHIPPED, *, ahead: OpenedAhead | None = None
    ) -> None:
        self.layout = base_layout(folder)
        self.setup = setup
        self._ahead = ahead
        self._reader: Reader | None = None
        self._closed = False
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        """Return which base it is."""
        return f"{type(self).__name__}({str(self.layout.root)!r})"

    @property
    def reader(self) -> Reader:
        """The base as this object sees it: hold it for answers that must agree.

        Raises
        ------
        NotFoundError
            Nothing was ingested yet.
        ClosedError
            The base was closed.
        """
        with self._lock:
            self._expect_open()
            if self._reader is None:
                self._reader = Reader.open(self.layout, self.setup, ahead=self._ahead)
            return self._reader

    def refresh(self) -> None:
        """Read from the generation that is live now."""
        self._expect_open()
        self._follow()

    def _follow(self) -> None:
        with self._lock:
            if self._reader is not None:
                self._reader = self._reader.follow()

    def _renew(self) -> None:
        with self._lock:
            if self._reader is not None:
                self._reader = self._reader.renewed()

    def close(self) -> None:
        """Close the base; safe to call twice."""
        with self._lock:
            self._closed = True
            if self._reader is not None:
                self._reader.close()
            self.setup.executor.close()

    def _expect_open(self) -> None:
        if self._closed:
            raise ClosedError(f"{self.layout.root} was closed; open it again with engine.open")

    @contextmanager
    def _writing(self, command: str, *, create: bool = False) -> Iterator[Writer]:
        """Give a writer, and read what it published afterwards."""
        from engine.jobs.base.writer import Writer  # who reads needs nothing that publishes

        self._expect_open()
        opened = Writer.open(self.layout, command=command, setup=self.setup, create=create)
        try:
            with opened as writer:
                yield writer
        finally:
            self._follow()

    def _locked(self, command: str, *, create: bool = False) -> AbstractContextManager[WriteLock]:
        self._expect_open()
        patience = self.setup.patience
        return writing(self.layout, command=command, patience=patience, create=create)
