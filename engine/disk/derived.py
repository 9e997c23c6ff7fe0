"""Arrays that can be made again: read where they are as they were written, else not at all.

A file begins with the SHA-256 of all that follows it: the length of a head, the head, which names
the form and the arrays as JSON, and the arrays themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.disk.files import map_file, replaced_file

Arrays = Mapping[str, npt.NDArray[Any]]

SHA256_BYTES, LENGTH_BYTES = 32, 8

ALIGNED = 64
"""Arrays begin at multiples of so many bytes, so that they are used where they are mapped."""


def read_arrays(path: Path, form: str) -> Arrays | None:
    """Return the arrays that `write_arrays` wrote in this form, memory-mapped.

    None where there is no such file, and for one that was altered, is not whole or cannot be
    read: that is as good as none.
    """
    try:
        content = map_file(path)
    except OSError:
        return None
    rest = content[SHA256_BYTES:]
    if content[:SHA256_BYTES].tobytes() != hashlib.sha256(rest.data).digest():
        return None
    at = SHA256_BYTES + LENGTH_BYTES
    end = at + int.from_bytes(rest[:LENGTH_BYTES].tobytes(), "little")
    written, listed = json.loads(content[at:end].tobytes())
    if written != form:
        return None
    found = {}
    for name, kind, shape in listed:
        at = end + -end % ALIGNED
        end = at + prod(shape) * np.dtype(kind).itemsize
        found[name] = content[at:end].view(kind).reshape(shape)
    return found


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
    blocks = list(_blocks(form, arrays))
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    with suppress(OSError), replaced_file(path) as stream:
        stream.write(digest.digest())
        for block in blocks:
            stream.write(block)


def _blocks(form: str, arrays: Arrays) -> Iterator[bytes | memoryview]:
    """Yield what follows the digest."""
    listed = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    head = json.dumps([form, listed]).encode()
    yield len(head).to_bytes(LENGTH_BYTES, "little") + head
    end = SHA256_BYTES + LENGTH_BYTES + len(head)
    for array in arrays.values():
        yield bytes(-end % ALIGNED)
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        end += -end % ALIGNED + array.nbytes
