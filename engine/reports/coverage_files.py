"""Coverage as a folder of files: tables for programs and spreadsheets, plots for Vega-Lite."""

from __future__ import annotations

import json
from pathlib import Path

from engine.coverage.figures import Coverage
from engine.disk.files import make_folder, replace_file, storage_errors
from engine.reports.coverage_plots import plots
from engine.reports.coverage_tables import table_files

TABLE_ENDINGS = (".parquet", ".csv")

PLOT_ENDING = ".vl.json"
"""As Vega's editor and vl-convert call such files."""


def write_coverage(found: Coverage, folder: str | Path) -> list[Path]:
    """Write every table as Parquet and CSV and every plot as Vega-Lite; return the paths.

    All is made before the first file is written, and each takes its place at once.

    Parameters
    ----------
    found
        As `engine.jobs.telling.coverage.coverage` returns it.
    folder
        Where to write; it is made where it is missing. Other files in it stay.

    Raises
    ------
    MissingExtraError
        pyarrow, which writes Parquet, is not installed.
    StorageError
        The folder cannot be written.
    """
    folder = Path(folder)
    contents = table_files(found, TABLE_ENDINGS) | {
        f"{name}{PLOT_ENDING}": _as_text(spec) for name, spec in plots(found).items()
    }
    with storage_errors(folder):
        make_folder(folder)
        for name, content in contents.items():
            replace_file(folder / name, content)
    return [folder / name for name in contents]


def _as_text(spec: object) -> bytes:
    text = json.dumps(spec, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"
