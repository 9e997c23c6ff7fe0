"""Checksums of rows, and tallies of tables: what tells that nobody altered the file.

An article and a cached vector have a checksum in their row, so that it can be told which one
was altered. Each table has a tally, the number and the sum of its rows' checksums, by which a
row that is gone is missed. A connection of the engine keeps the tallies by triggers of its own
("temporary"), which no other program runs; what comes by the thousand is counted where it is
inserted.
"""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

MODULUS = 1 << 62
"""Of checksums and their sums: SQLite adds two of them without leaving its 64-bit integers."""

TABLES = (
    "articles",
    "embeddings",
    "encoders",
    "furniture",
    "settings",
    "runs",
    "events",
    "moves",
    "stages",
    "ledger_head",
    "stories",
    "memberships",
    "corrections",
    "revisions",
    "forgotten",
)
"""Those that have a tally: all but those of the words, which are made of the articles."""


INSERTED_IN_BULK = frozenset(("articles", "embeddings", "moves"))
"""Tables whose new rows no trigger counts: `count_in` does. For the sake of a trigger SQLite copies
every page that a row changes to a temporary file first: of an article 55 KiB."""

SCHEMA = "sqlite_schema"
"""What the tables are; it has a tally as they have, written when they are made."""


def row_sum(*values: Any) -> int:  # noqa: ANN401 - what SQLite holds
    """Return the checksum of a row's values, below `MODULUS`; 62 bits of SHA-256."""
    # Version 0 of the format is the oldest: it has no references, so equal values give equal
    # bytes, in every version of Python, with their types and lengths.
    digest = hashlib.sha256(marshal.dumps(values, 0)).digest()
    return int.from_bytes(digest[:8], "little") % MODULUS


def let_sum(connection: sqlite3.Connection) -> None:
    """Let the statements of a connection call `row_sum`."""
    connection.create_function("row_sum", -1, row_sum, deterministic=True)


def keep_tallies(connection: sqlite3.Connection) -> None:
    """Let a connection keep the tallies of what it writes."""
    run = connection.execute
    # What a REPLACE deletes is only told to triggers so.
    run("PRAGMA recursive_triggers = ON")
    for table in TABLES:
        new, old = _sum_of(connection, table, "NEW."), _sum_of(connection, table, "OLD.")
        for event, count, total in (
            ("INSERT", "n + 1", f"total + {new}"),
            ("DELETE", "n - 1", f"total - {old}"),
            ("UPDATE", "n", f"((total - {old}) & {MODULUS - 1}) + {new}"),
        ):
            if event == "INSERT" and table in INSERTED_IN_BULK:
                continue
            run(
                f"CREATE TEMP TRIGGER IF NOT EXISTS tally_{table}_{event} AFTER {event}"  # noqa: S608 - constants
                f" ON main.{table} BEGIN UPDATE tallies SET n = {count},"
                f" total = ({total}) & {MODULUS - 1} WHERE name = '{table}'; END"
            )


def count_in(connection: sqlite3.Connection, table: str, sums: Sequence[int]) -> None:
    """Add new rows, given by their checksums, to the tally of a table `INSERTED_IN_BULK`."""
    connection.execute(
        f"UPDATE tallies SET n = n + ?, total = (total + ?) & {MODULUS - 1} WHERE name = ?",  # noqa: S608 - a constant
        (len(sums), sum(sums) % MODULUS, table),
    )


def count_anew(connection: sqlite3.Connection, tables: Sequence[str] = (*TABLES, SCHEMA)) -> None:
    """Write the tallies of tables as they are; the caller holds a transaction."""
    for table in tables:
        n, total = tally(connection, table)
        connection.execute("INSERT OR REPLACE INTO tallies VALUES (?, ?, ?)", (table, n, total))


def tally(connection: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Return the number of rows of a table and the sum of their checksums."""
    n = total = 0
    for (each,) in connection.execute(f"SELECT {_sum_of(connection, table)} FROM {table}"):  # noqa: S608 - constants
        # What was altered need not be a number any more.
        n, total = n + 1, (total + (each if isinstance(each, int) else n)) % MODULUS
    return n, total


def counted(connection: sqlite3.Connection) -> Iterator[tuple[str, int, int]]:
    """Yield name, number and sum of every tally that is kept."""
    kept = {name: values for name, *values in connection.execute("SELECT * FROM tallies")}
    for table in (*TABLES, SCHEMA):
        n, total = kept.get(table, (-1, -1))
        yield table, n, total


def _sum_of(connection: sqlite3.Connection, table: str, row: str = "") -> str:
    """Return the expression for the checksum of a row."""
    if table == SCHEMA:  # where the tables lie changes without them
        return "row_sum(type, name, tbl_name, sql)"
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    if "checksum" in columns:
        return f"{row}checksum"
    return f"row_sum({', '.join(row + name for name in columns)})"
