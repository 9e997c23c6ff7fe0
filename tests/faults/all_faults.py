"""Breaks a base in every way that is known, and shows what the engine makes of it.

A base is made of a part of the shipped sample. Each fault is done to it or to a copy: a run
is killed at one of its writes, a disk is full or read-only, files are flipped, cut or gone,
rows and bytes of the article store are altered, two write at once, and so on. Every answer is
compared with what it was. After a fault,

- *refused*: the engine said what is wrong and what to run, and that worked;
- *whole*: every answer is that of before or that of after, and the next run goes on; or what
  was altered is not read;
- *harmless*: something was altered that no answer depends on; `verify` finds it;
- *wrong*: an answer differs, or an error names no way out. There must be none;
- *unseen*: something was altered and nothing tells it. There must be none;
- *lost*: an article is gone. There must be none.

    scripts/faults.py [--share 1] [--seed 0] [--processes 2] [--parts kills rows]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TypeAlias

from tests.faults import cases, corpus_cases, refusals
from tests.faults.ground import Ground, GrownGround, Row

Faults: TypeAlias = Callable[[Path, random.Random, float], Iterator[Row]]
"""Does the share of its faults to a base in a scratch folder."""

LINE = "{fault:<58}{n:>7}{refused:>9}{whole:>7}{harmless:>10}{wrong:>7}{unseen:>8}{lost:>6}"
COUNTS = ("n", "refused", "whole", "harmless", "wrong", "unseen", "lost")


def main() -> None:
    """Do every fault, print the table; exit 1 if anything was wrong, unseen or lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the faults of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    started = time.monotonic()
    total, rows = Row("all"), []
    print(LINE.format(fault="fault", **{name: name for name in COUNTS}))
    with ProcessPoolExecutor(arguments.processes) as pool:
        parts = [
            pool.submit(part, name, arguments.seed, arguments.share) for name in arguments.parts
        ]
        for done in as_completed(parts):
            for row in done.result():
                rows.append(row)
                total.add(row)
                print_row(row)
    print_row(total)
    print(f"{time.monotonic() - started:.0f} s; what was said:")
    for row in rows:
        if row.example:
            print(f"  {row.fault}: {row.example}")
    sys.exit(bool(total.wrong or total.unseen or total.lost))


def part(name: str, seed: int, share: float) -> list[Row]:
    """Do the faults of one part to a base of its own; return the lines of the table."""
    with tempfile.TemporaryDirectory() as scratch:
        return list(PARTS[name](Path(scratch), random.Random(f"{seed} {name}"), share))


def _of(case: Callable[[Ground, int, random.Random], Iterator[Row]], n_faults: int) -> Faults:
    """Return what does `n_faults` of one kind to a base of the sample."""

    def faults(scratch: Path, randoms: random.Random, share: float) -> Iterator[Row]:
        yield from case(Ground(scratch), _some(n_faults, share), randoms)

    return faults


def few(scratch: Path, randoms: random.Random, _share: float) -> Iterator[Row]:
    """Do what is done but a few times."""
    ground = Ground(scratch)
    yield from cases.pointers(ground)
    yield from cases.strangers(ground)
    yield from refusals.two_writers(ground)
    yield from cases.long_reader(ground)
    yield from refusals.read_only(ground)
    yield from refusals.full_disks(ground)
    yield from cases.cuts(ground, randoms)


def grown(scratch: Path, randoms: random.Random, share: float) -> Iterator[Row]:
    """Alter the files of a generation that was extended."""
    ground = GrownGround(scratch)
    yield from cases.cuts(ground, randoms)
    yield from cases.flips(ground, _some(250, share), randoms)


def _some(n: int, share: float) -> int:
    return max(1, round(n * share))


PARTS: dict[str, Faults] = {
    "kills": _of(cases.kills, 50),
    "rows": _of(corpus_cases.altered_rows, 700),
    "bytes": _of(corpus_cases.altered_bytes, 500),
    "flips": _of(cases.flips, 1000),
    "grown": grown,
    "few": few,
    "files": _of(corpus_cases.small_files, 150),
    "logs": _of(corpus_cases.logs_of_killed_runs, 60),
    "vectors": _of(corpus_cases.swapped_vectors, 50),
    "articles": _of(corpus_cases.swapped_articles, 50),
}
"""Parts of the table, which run beside each other, the longest first."""


def print_row(row: Row) -> None:
    """Print one line of the table."""
    counts = {name: getattr(row, name) for name in COUNTS}
    print(LINE.format(fault=row.fault, **counts), flush=True)
