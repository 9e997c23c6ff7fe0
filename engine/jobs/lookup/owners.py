"""Who owns the outlets of a base: what is shipped, what a person says, what copying suggests."""

from __future__ import annotations

import json

from engine.disk.files import replace_file, storage_errors
from engine.disk.lock import WriteLock
from engine.disk.sealed import sealed
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import base_families
from engine.origins.families import parse_owners
from engine.origins.voices import learnt_owners


def known_owners(reader: Reader) -> dict[str, str]:
    """Return the owner of every outlet of the base that has one, in the order of owners."""
    families = base_families(reader.layout)
    found = {source: families.of(source) for source in reader.corpus.articles.counts_by_source()}
    owned = {source: owner for source, owner in found.items() if source and owner != source}
    return dict(sorted(owned.items(), key=lambda item: (item[1].casefold(), item[0])))


def likely_owners(reader: Reader) -> dict[str, str]:
    """Return outlets without a known owner that seem to be one, and what to call the owner.

    See `engine.origins.voices.learnt_owners`; a person decides whether it is so.
    """
    return learnt_owners(list(reader.stories.values()), base_families(reader.layout))


def keep_owners(lock: WriteLock, table: str, name: str) -> None:
    """Keep who owns which outlets, instead of what the base was told before.

    Parameters
    ----------
    lock
        Of the base.
    table
        As `engine.origins.families.parse_owners` takes it; empty for the shipped one alone.
    name
        What errors call the table.

    Raises
    ------
    InputError
        A line is no such line.
    StorageError
        It cannot be written.
    """
    content = json.dumps(sealed(parse_owners(table, name))).encode() + b"\n"
    with storage_errors(lock.layout.root):
        replace_file(lock.layout.owners, content)
