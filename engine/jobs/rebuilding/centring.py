"""The means of languages that a base takes from another, so that cosines of both compare."""

from __future__ import annotations

import base64
import json

from engine.disk.files import replace_file, storage_errors
from engine.disk.layout import Layout
from engine.disk.lock import WriteLock
from engine.disk.sealed import read_sealed, sealed
from engine.errors import DamagedError, MismatchError
from engine.generations.generation import open_live

FINGERPRINT, CONTENT = FIELDS = ("fingerprint", "centring")


def take_centring(lock: WriteLock, other: Layout) -> None:
    """Keep the centring of another base's live generation for all that are made from now on.

    Raises
    ------
    NotFoundError
        Nothing is published there.
    DamagedError
        Its live generation fails its checks.
    StorageError
        It cannot be kept.
    """
    generation = open_live(other)
    content = base64.b64encode(generation.centring).decode()
    values = {FINGERPRINT: generation.manifest.fingerprint, CONTENT: content}
    with storage_errors(lock.layout.root):
        replace_file(lock.layout.centring, json.dumps(sealed(values)).encode() + b"\n")


WAY_OUT = "delete it, or take one again by 'engine rebuild --centring-of'"


def taken_centring(layout: Layout, fingerprint: str) -> bytes | None:
    """Return what `take_centring` kept, as a generation keeps it; None where it kept nothing.

    Parameters
    ----------
    layout
        Of the base.
    fingerprint
        Of the encoder whose vectors are to be centred.

    Raises
    ------
    MismatchError
        It is of another encoder.
    DamagedError
        It is not as it was kept.
    """
    kept = kept_centring(layout)
    if kept is None:
        return None
    known, content = kept
    if known != fingerprint:
        raise MismatchError(
            f"{layout.centring} is of encoder {known}, the vectors are of {fingerprint}; {WAY_OUT}"
        )
    return content


def kept_centring(layout: Layout) -> tuple[str, bytes] | None:
    """Return the fingerprint and the content that `take_centring` kept, None where it kept none.

    Raises
    ------
    DamagedError
        It is not as it was kept.
    """
    try:
        values = read_sealed(layout.centring, str, must=True)
        if not values:
            return None
        known, content = (values[name] for name in FIELDS)
        return known, base64.b64decode(content, validate=True)
    except (ValueError, KeyError) as error:
        raise DamagedError(f"{layout.centring} holds no centring ({error}); {WAY_OUT}") from error
