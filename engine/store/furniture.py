"""The lines that outlets repeat and that are cut from their articles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


class Furniture:
    """Lines by outlet; a person decides what is in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def by_source(self) -> Mapping[str, frozenset[str]]:
        """Return the lines of every outlet that has some."""
        found: dict[str, set[str]] = {}
        for source, line in self._connection.execute("SELECT source, line FROM furniture"):
            found.setdefault(source, set()).add(line)
        return {source: frozenset(lines) for source, lines in found.items()}

    def add(self, source: str, lines: Iterable[str]) -> None:
        """Take in lines of an outlet; the caller holds a transaction."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO furniture VALUES (?, ?)", ((source, line) for line in lines)
        )

    def remove(self, source: str) -> None:
        """Drop all lines of an outlet; the caller holds a transaction."""
        self._connection.execute("DELETE FROM furniture WHERE source = ?", (source,))
