"""Arrays that can be made again: read where they are as they were written, else not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.disk.files import replaced_file

FORM = "form"
"""Name of what says in which form the arrays are."""

Arrays = Mapping[str, npt.NDArray[Any]]


def read_arrays(path: Path, form: str) -> Arrays | None:
    """Return the arrays that `write_arrays` wrote in this form; None where there are none.

    A file that was altered (a zip file has a CRC-32 of each array), is not whole or cannot be
    read is as good as none.
    """
    try:
        # Opened here, since NumPy leaves open what it cannot read.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            if str(held[FORM]) != form:
                return None
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile):
        return None


def write_arrays(path: Path, form: str, arrays: Arrays) -> None:
    """Put arrays in place of those at `path` at once, unless the disk refuses.

    Parameters
    ----------
    path
        Of the file.
    form
        What `read_arrays` must ask for: another one whenever their meaning changes.
    arrays
        By name.
    """
    with suppress(OSError), replaced_file(path) as stream:
        np.savez(stream, **{FORM: np.array(form), **arrays})
