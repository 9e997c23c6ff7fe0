"""What tells whether an answer would be another one."""

from __future__ import annotations

from engine.disk.files import FileState
from engine.domain import text_hash
from engine.jobs.base.reader import Reader


def state_of(reader: Reader) -> str:
    """Return what changes whenever an answer made of a generation and its articles does."""
    return f"{reader.generation.name}.{state_beside(reader)}"


def state_beside(reader: Reader) -> str:
    """Return what changes whenever articles are edited, or a person sets what answers say."""
    told = [FileState.of(path) for path in (reader.layout.owners, reader.layout.headlines)]
    return f"{reader.corpus.history.last_revision()}.{text_hash(repr(told)).hex()}"
