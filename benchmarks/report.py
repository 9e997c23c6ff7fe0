"""Runs the benchmarks that have no result yet, and makes docs/performance.md of the results.

    python benchmarks/report.py --scale 10000 --results build/benchmarks
    python benchmarks/report.py --scale 100000 --vectors a.npy b.npy
    python benchmarks/report.py --page-only

Results are JSON files, one a benchmark; delete one to measure it again. A run that fails, for
want of a package or of memory, leaves none, and the page says what is not there. Pictures are
bars in plain SVG, so nothing has to be installed to draw them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[1]

Result: TypeAlias = Any
"""What a benchmark wrote as JSON."""

Bars: TypeAlias = Sequence[tuple[str, float]]

BAR, NAMES, WIDE, VALUES = 22, 220, 360, 90
"""Pixels of a bar's line, of the names beside it, of the longest bar and of what it says."""


@dataclass(frozen=True)
class Section:
    """One benchmark on the page.

    Attributes
    ----------
    name
        Of its result and of its picture.
    title, text
        What is compared.
    command
        Arguments of Python that write the result to ``{json}``, with ``{scale}`` articles.
    takes_vectors
        Whether it makes up vectors, around real ones if it is given some.
    bars
        Reads the result: what the picture shows.
    unit
        Of the bars.
    table
        Reads the result: lines of a table.
    """

    name: str
    title: str
    text: str
    command: tuple[str, ...]
    takes_vectors: bool
    bars: Callable[[Result], Bars]
    unit: str
    table: Callable[[Result], list[str]]


def table_of(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return rows as lines of a table in markdown."""
    if not rows:
        return []
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_shown(value) for value in row.values()] for row in rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def _shown(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)


def picture(title: str, unit: str, bars: Bars) -> str:
    """Return bars as SVG."""
    longest = max((value for _, value in bars), default=0.0) or 1.0
    high = BAR * (len(bars) + 2)
    size = f"0 0 {NAMES + WIDE + VALUES} {high}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/><g font-family="sans-serif">',
        f'<text x="8" y="{BAR - 5}" font-weight="bold">{escape(title)}, {escape(unit)}</text>',
    ]
    for place, (name, value) in enumerate(bars, start=1):
        top, wide = BAR * place + 6, WIDE * value / longest
        lines.append(
            f'<text x="{NAMES - 6}" y="{top + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{NAMES}" y="{top + 2}" width="{wide:.1f}" height="{BAR - 6}" '
            f'fill="#2b6cb0"/><text x="{NAMES + wide + 5:.1f}" y="{top + 14}">{value:,.3g}</text>'
        )
    return "\n".join([*lines, "</g></svg>\n"])


def _encoding_bars(found: Result) -> Bars:
    return [*found["documents a second"].items()]


def _encoding_table(found: Result) -> list[str]:
    speeds = found["documents a second"]
    peer = speeds["sentence-transformers fp32"]
    return table_of(
        [
            {"runtime": name, "documents a second": speed, "times the library": speed / peer}
            for name, speed in speeds.items()
        ]
    )


def _index_bars(found: Result) -> Bars:
    return [
        (f"{each['contender']} {each['effort']}, recall {each['recall']:.3f}",
         each["build_cpu"] + each["graph_cpu"])
        for each in found
    ]  # fmt: skip


def _index_table(found: Result) -> list[str]:
    return table_of(
        [
            {
                "contender": each["contender"],
                "effort": each["effort"],
                "build, s / cpu": f"{each['build']:.1f} / {each['build_cpu']:.1f}",
                "all neighbours, s / cpu": f"{each['graph']:.1f} / {each['graph_cpu']:.1f}",
                "searched": each["n_searched"],
                "recall@16": round(each["recall"], 3),
                "one query, ms": round(each["query"], 2),
                "GiB": round(each["anonymous"], 2),
            }
            for each in found
        ]
    )


def _cluster_bars(found: Result) -> Bars:
    return [(each["contender"], each["processor_seconds"]) for each in found["contenders"]]


def _cluster_table(found: Result) -> list[str]:
    return table_of(found["contenders"])


def _step_bars(found: Result) -> Bars:
    return [(step["name"], step["processor_seconds"]) for step in found["steps"]]


def _step_table(found: Result) -> list[str]:
    rows = [
        {name: value for name, value in step.items() if name != "facts"}
        | {"what": ", ".join(f"{name} {value}" for name, value in step["facts"].items())}
        for step in found["steps"]
    ]
    sizes = [{"bytes an article": name, "": size} for name, size in found["disk"].items()]
    return [*table_of(rows), "", *table_of(sizes)]


SECTIONS = (
    Section(
        "encoding",
        "Encoding",
        "Documents a second of the built-in model, one run after another over the same texts, "
        "median of the rounds. FastEmbed is not there: its models come from a hub alone.",
        ("benchmarks/encoding.py", "--rounds", "3", "--texts", "48", "--json", "{json}"),
        False,
        _encoding_bars,
        "documents a second",
        _encoding_table,
    ),
    Section(
        "indexing",
        "Indexes",
        "Building, and the 16 neighbours of every row. Contenders that search for a part of the "
        "rows are extrapolated.",
        ("benchmarks/indexing.py", "--rows", "{scale}", "--json", "{json}"),
        True,
        _index_bars,
        "processor seconds",
        _index_table,
    ),
    Section(
        "clustering",
        "Clustering",
        "One window of articles whose largest event is a tenth of it; the others see vectors "
        "alone, at their own settings, and no texts or dates.",
        (
            *("benchmarks/clustering.py", "--articles", "{scale}", "--largest", "{tenth}"),
            *("--contenders", "engine", "community_detection", "hdbscan", "fast_hdbscan"),
            *("--json", "{json}"),
        ),
        True,
        _cluster_bars,
        "processor seconds",
        _cluster_table,
    ),
    Section(
        "million",
        "A stream through the whole engine",
        "Made-up articles; vectors are given and not encoded, questions are encoded. Each step "
        "is a process of its own; percentiles of questions are milliseconds.",
        (
            *("benchmarks/million.py", "--articles", "{scale}", "--nights", "2"),
            *("--night", "{tenth}", "--begin", "night", "--json", "{json}"),
        ),
        True,
        _step_bars,
        "processor seconds",
        _step_table,
    ),
)


def measure(section: Section, results: Path, scale: int, vectors: Sequence[Path]) -> None:
    """Run the benchmark of a section unless its result is there."""
    path = results / f"{section.name}.json"
    if path.exists():
        return
    values = {"json": path, "scale": scale, "tenth": max(100, scale // 10)}
    command = [sys.executable, *(part.format_map(values) for part in section.command)]
    if vectors and section.takes_vectors:
        command += ["--vectors", *(str(path.resolve()) for path in vectors)]
    print("running", *command[1:], flush=True)
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    subprocess.run(command, check=False, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths})


def machine() -> str:
    """Return what the page says of the machine."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = (names or [platform.processor() or platform.machine()])[0]
    return f"{name}, {os.cpu_count()} threads, Python {platform.python_version()}"


def lines_of(section: Section, results: Path, images: Path) -> list[str]:
    """Return the lines of a section, and draw its picture."""
    path = results / f"{section.name}.json"
    lines = [f"## {section.title}", "", section.text, ""]
    if not path.exists():
        return [*lines, "Not measured in this run.", ""]
    found = json.loads(path.read_text())
    drawn = images / f"performance-{section.name}.svg"
    drawn.write_text(picture(section.title, section.unit, section.bars(found)), encoding="utf-8")
    known = found if isinstance(found, dict) else {}
    sizes = [f"{known[name]:,} {name}" for name in ("texts", "articles") if name in known]
    lines[2] += "".join(f" Measured on {size}." for size in sizes)
    shown = f"![{section.title}]({images.name}/{drawn.name})"
    return [*lines, shown, "", *section.table(found), ""]


def write_page(results: Path, page: Path, note: str) -> None:
    """Write the page of all results, and pictures in the folder ``images`` beside it."""
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    made = f"Made by `python benchmarks/report.py` on {datetime.now(UTC):%d %B %Y}; {machine()}."
    lines = ["# Performance", "", f"{made} {note}".rstrip(), ""]
    lines += [line for section in SECTIONS for line in lines_of(section, results, images)]
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main() -> None:
    """Measure what is missing and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=int, default=10_000, help="articles and rows")
    parser.add_argument("--vectors", type=Path, nargs="*", default=[], help="npy files, real ones")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "benchmarks")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--page-only", action="store_true", help="run nothing")
    parser.add_argument("--note", default="", help="what the page says besides, at its top")
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    if not asked.page_only:
        for section in SECTIONS:
            measure(section, asked.results.resolve(), asked.scale, asked.vectors)
    write_page(asked.results, asked.page, asked.note)


if __name__ == "__main__":
    main()
