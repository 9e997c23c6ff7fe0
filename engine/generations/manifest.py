"""What a generation holds, how it was made, and the checks of its files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from engine.disk.files import FileRecord
from engine.domain import EncoderSpec
from engine.errors import WAY_OUT, DamagedError, MismatchError
from engine.index.auditing import Audit

SCHEMA_VERSION = 2
"""Raised whenever a file of a generation changes its meaning; since 2, an index may have a tail and
records of files have sums."""

HASH_DIGITS = 12
"""Hexadecimal digits of the manifest's SHA-256 in the name of a generation."""

NAME_TIME = "%Y%m%dT%H%M%S.%fZ"
"""Time of a generation in its name: names sort by time."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that must agree before a generation may be used.

    Attributes
    ----------
    schema
        `SCHEMA_VERSION` of the engine that wrote it.
    created
        Aware UTC time; later than that of any generation before it.
    parent
        Name of the generation that was live before, or None.
    fingerprint, encoder
        Of the encoder that made the vectors.
    text_version
        `domain.TEXT_VERSION` of the texts that were embedded.
    cleaner
        Fingerprint of what cleaned them; empty: not known.
    dim
        Length of a vector.
    index_kind, index_parameters
        As in `FaissIndex`.
    n_articles, n_stories
        Rows and stories.
    n_stored
        Stored vectors, with those that are marked as deleted.
    n_centred
        Articles whose vectors the centring was learnt from.
    run
        The run of the story ledger that made the stories; 0: none did.
    files
        Each file by name, except the manifest itself.
    audit
        Recall at publication.
    libraries
        Versions of what wrote the files, by name.
    """

    schema: int
    created: datetime
    parent: str | None
    fingerprint: str
    encoder: EncoderSpec
    text_version: int
    cleaner: str
    dim: int
    index_kind: str
    index_parameters: dict[str, float]
    n_articles: int
    n_stories: int
    n_stored: int
    n_centred: int
    run: int
    files: dict[str, FileRecord]
    audit: Audit
    libraries: dict[str, str]

    def encode(self) -> bytes:
        """Return the manifest as JSON; equal manifests give equal bytes."""
        content = asdict(self) | {"created": self.created.isoformat(timespec="microseconds")}
        for record in content["files"].values():
            if not record["sums"]:  # as an earlier engine wrote it, so that its name stays
                del record["sums"]
        return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @property
    def name(self) -> str:
        """Name of the generation: its time and the hash of the manifest.

        As the hash is in the name, a change of one bit of the manifest is noticed.
        """
        return name_of(self.encode(), self.created)


def name_of(content: bytes, created: datetime) -> str:
    """Return the name of the generation whose manifest is `content`."""
    digest = hashlib.sha256(content).hexdigest()[:HASH_DIGITS]
    return f"{created.astimezone(UTC):{NAME_TIME}}-{digest}"


def decode_manifest(content: bytes, name: str) -> Manifest:
    """Return the manifest of generation `name`.

    Raises
    ------
    DamagedError
        The bytes are not those that the name was given for.
    MismatchError
        A newer engine wrote them.
    """
    if hashlib.sha256(content).hexdigest()[:HASH_DIGITS] != name.rpartition("-")[2]:
        raise DamagedError(f"generation {name}: manifest.json was altered; {WAY_OUT}")
    try:
        values: dict[str, Any] = json.loads(content)
        schema = int(values["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"generation {name}: manifest.json is no manifest; {WAY_OUT}") from error
    if schema > SCHEMA_VERSION:
        raise MismatchError(
            f"generation {name} has schema {schema}, this engine knows {SCHEMA_VERSION}; "
            "upgrade the engine, or run 'engine rebuild' to make a generation it can read"
        )
    try:
        return _from_values(values)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"generation {name}: manifest.json lacks {error}; {WAY_OUT}") from error


def _from_values(values: dict[str, Any]) -> Manifest:
    plain = {field.name: values[field.name] for field in fields(Manifest)}
    return Manifest(
        **plain
        | {
            "created": datetime.fromisoformat(values["created"]),
            "encoder": EncoderSpec(**values["encoder"]),
            "files": {name: FileRecord(**record) for name, record in values["files"].items()},
            "audit": Audit(**values["audit"]),
        }
    )
