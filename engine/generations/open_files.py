"""The files of a generation that is open: mapped, checked once, and shared with the one before."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from engine.disk.files import CHECKED_BYTES, FileRecord, FileState, check_content, map_file
from engine.errors import damaged


@dataclass(frozen=True)
class OpenFiles:
    """The files of one generation, memory-mapped; they stay readable after it is pruned.

    A publication links most files of the generation before. Who has that one open maps and checks
    only the others.

    Attributes
    ----------
    name
        Of the generation, for messages.
    records
        What each file should be.
    shared
        Files that were open before, as part of another generation.
    contents
        Their bytes, uint8, (n_bytes,); `content` checks them.
    states
        Which file each is.
    checked
        Files that were found as recorded.
    """

    name: str
    records: Mapping[str, FileRecord]
    shared: Set[str]
    contents: Mapping[str, npt.NDArray[np.uint8]] = field(repr=False)
    states: Mapping[str, FileState] = field(repr=False)
    checked: set[str] = field(repr=False)
    _checking: Mapping[str, Lock] = field(repr=False)

    @classmethod
    def of(
        cls, folder: Path, records: Mapping[str, FileRecord], held: OpenFiles | None
    ) -> OpenFiles:
        """Open the files of a generation.

        Parameters
        ----------
        folder
            Of the generation, whose name it bears.
        records
            What each file should be.
        held
            Those of another generation; None: none are open.

        Raises
        ------
        DamagedError
            One is missing, or longer or shorter than it should be.
        """
        states = {file: _state(folder / file, record) for file, record in records.items()}
        shared: set[str] = set()
        if held is not None:
            shared = {
                file
                for file, state in states.items()
                if held.states.get(file) == state and held.records[file] == records[file]
            }
        contents = {
            file: held.contents[file]
            if held is not None and file in shared
            else _mapped(folder / file)
            for file in states
        }
        checked = set() if held is None else shared & held.checked
        checking = {file: Lock() for file in records}
        return cls(folder.name, records, shared, contents, states, checked, checking)

    def __contains__(self, file: str) -> bool:
        """Tell whether the generation has a file of that name."""
        return file in self.contents

    def content(self, file: str) -> npt.NDArray[np.uint8]:
        """Return the bytes of a file, uint8, (n_bytes,).

        They are checked when they are first asked for, for which others that ask wait; files of
        more than `CHECKED_BYTES` are not.

        Raises
        ------
        DamagedError
            They are not what was recorded.
        """
        content = self.contents[file]
        with self._checking[file]:
            if file not in self.checked and content.size <= CHECKED_BYTES:
                check_content(self.name, file, content, self.records[file])
                self.checked.add(file)
        return content

    def check(self) -> None:
        """Compare the SHA-256 of all files (0.6 s for each GB); raises as `content` does."""
        from concurrent.futures import ThreadPoolExecutor  # a question needs no threads of it

        largest_first = sorted(self.contents, key=lambda file: -self.contents[file].size)
        with ThreadPoolExecutor() as threads:  # others run while one digests
            for _ in threads.map(self._check_whole, largest_first):
                pass

    def _check_whole(self, file: str) -> None:
        check_content(self.name, file, self.contents[file], self.records[file], whole=True)
        self.checked.add(file)


def _state(path: Path, record: FileRecord) -> FileState:
    state = FileState.of(path)
    if state is None:
        raise damaged(path.parent.name, path.name, "is missing")
    if state.size != record.n_bytes:
        what = f"has {state.size} bytes, expected {record.n_bytes}"
        raise damaged(path.parent.name, path.name, what)
    return state


def _mapped(path: Path) -> npt.NDArray[np.uint8]:
    try:
        return map_file(path)
    except FileNotFoundError as error:
        raise damaged(path.parent.name, path.name, "is missing") from error
