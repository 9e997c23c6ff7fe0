"""Coverage as tables: Arrow's, Parquet and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from engine.coverage.figures import TABLES, Coverage
from engine.domain import Value
from engine.errors import InputError
from engine.jobs.telling.tables import arrow_of, encoded

if TYPE_CHECKING:
    import pyarrow as pa

_LAG: Final = {
    "name": "text",
    "n_stories": "count",
    "n_first": "count",
    "n_tied": "count",
    "n_behind": "count",
    "n_by_day": "count",
    "lower": "number",
    "median": "number",
    "upper": "number",
}

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "firsts": {
        "kind": "text",
        "name": "text",
        "n_stories": "count",
        "n_decided": "count",
        "n_first": "count",
        "n_tied": "count",
        "share": "number",
        "low": "number",
        "high": "number",
        "by_chance": "number",
        "luck": "number",
        "leads": "flag",
    },
    "languages": {
        "language": "text",
        "n_articles": "count",
        "n_stories": "count",
        "n_alone": "count",
        "n_missed": "count",
    },
    "language_lags": _LAG,
    "outlet_lags": _LAG,
    "gaps": {"has": "text", "misses": "text", "n_stories": "count", "share": "number"},
    "missed": {
        "language": "text",
        "story": "text",
        "headline": "text",
        "n_voices": "count",
        "languages": "texts",
        "first": "time",
        "matter_too": "flag",
    },
    "printings": {
        "outlet": "text",
        "kind": "text",
        "source": "text",
        "same_owner": "flag",
        "n_articles": "count",
        "n_unordered": "count",
        "n_stories": "count",
        "n_both": "count",
        "share": "number",
        "low": "number",
    },
    "periods": {
        "start": "time",
        "n_stories": "count",
        "n_articles": "count",
        "n_undated": "count",
        "n_outlets": "count",
        "n_languages": "count",
        "n_owners": "count",
        "owners_index": "number",
        "largest_owner": "text",
        "largest_owner_share": "number",
        "n_voices": "count",
        "voices_index": "number",
        "largest_voice": "text",
        "largest_voice_share": "number",
    },
}
"""Columns of each table, as `engine.jobs.telling.tables.COLUMNS`: the fields of its rows."""


def rows_of(found: Coverage, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table by the names of its columns.

    Raises
    ------
    InputError
        There is no such table.
    """
    if table not in COLUMNS:
        raise InputError(f"expected a table among {', '.join(TABLES)}, got {table!r}")
    if table == "periods":
        return _period_rows(found)
    return [_row(row, COLUMNS[table]) for row in found.tables[table]]


def _row(value: Value, columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in columns}


def _period_rows(found: Coverage) -> list[dict[str, Any]]:
    counts = list(COLUMNS["periods"])[:6]
    rows = []
    for period in found.periods:
        row = {name: getattr(period, name) for name in counts}
        for what, held in (("owner", period.owners), ("voice", period.voices)):
            row |= {
                f"n_{what}s": held.n_holders,
                f"{what}s_index": held.index,
                f"largest_{what}": held.largest,
                f"largest_{what}_share": held.share,
            }
        rows.append(row)
    return rows


def coverage_table(found: Coverage, table: str) -> pa.Table:
    """Return one of `engine.coverage.figures.TABLES` as Arrow's table.

    Raises
    ------
    InputError
        There is no such table.
    MissingExtraError
        pyarrow is not installed.
    """
    rows = rows_of(found, table)
    return arrow_of(COLUMNS[table], rows)


def table_files(found: Coverage, endings: tuple[str, ...]) -> dict[str, bytes]:
    """Return the content of a file of each table in each format, by its name."""
    return {
        f"{table}{ending}": encoded(ending, columns, rows_of(found, table))
        for table, columns in COLUMNS.items()
        for ending in endings
    }
