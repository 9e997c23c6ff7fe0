"""Small JSON objects that tell whether they are as they were written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SEAL = "seal"
"""Field that holds the seal."""

SEAL_DIGITS = 16
"""Hexadecimal digits of SHA-256: one alteration in 2 ** 64 would pass."""


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values`, which JSON can hold, with the seal that `unsealed` expects."""
    return {**values, SEAL: _seal(values)}


def unsealed(values: object, *, must: bool = False) -> dict[str, Any]:
    """Return what `sealed` was given.

    Parameters
    ----------
    values
        What was read.
    must
        Take only an object with a seal. Else one without was written by hand or by an earlier
        engine. Names that may be any need it: an altered name of the seal would be one of them.

    Raises
    ------
    ValueError
        It is no object, has no seal where it must, or is not as it was sealed.
    """
    if not isinstance(values, dict):
        raise ValueError("expected an object")  # noqa: TRY004 - as json.loads says it
    if must and SEAL not in values:
        raise ValueError("it was altered: it has no seal")
    plain = {name: value for name, value in values.items() if name != SEAL}
    if SEAL in values and values[SEAL] != _seal(plain):
        raise ValueError("it was altered: its seal does not fit")
    return plain


def read_sealed(path: Path, of: type, *, must: bool = False) -> dict[str, Any]:
    """Return what the file at `path` holds, each value an `of`; nothing where there is none.

    `must` is that of `unsealed`.

    Raises
    ------
    ValueError
        It is no such file, or is not as it was sealed.
    """
    if not path.exists():
        return {}
    try:
        found = unsealed(json.loads(path.read_bytes()), must=must)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    for name, value in found.items():
        if not isinstance(value, of):
            raise ValueError(f"{name!r} is {value!r}")  # noqa: TRY004 - of what is read
    return found


def _seal(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:SEAL_DIGITS]
