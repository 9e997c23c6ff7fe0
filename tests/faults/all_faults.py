"""Breaks a base in every way that is known, and shows what the engine makes of it.

A base is made of a part of the shipped sample. Each fault is done to it or to a copy: a run
is killed at one of its writes, a disk is full or read-only, files are flipped, cut or gone,
two write at once, and so on. Every answer is compared with what it was. After a fault,

- *refused*: the engine said what is wrong and what to run, and that worked;
- *whole*: every answer is that of before or that of after, and the next run goes on;
- *harmless*: an altered bit that no answer depends on; `verify` finds it;
- *wrong*: an answer differs, or an error names no way out. There must be none;
- *lost*: an article is gone. There must be none.

    scripts/faults.py [--flips 1000] [--kills 100] [--seed 0]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults import cases, refusals
from tests.faults.ground import Ground, GrownGround, Row

GROWN_SHARE = 4
"""The grown base, which takes longer, gets one flip in so many beside those of the other."""

LINE = "{fault:<58}{n:>7}{refused:>9}{whole:>7}{harmless:>10}{wrong:>7}{lost:>6}"
COUNTS = ("n", "refused", "whole", "harmless", "wrong", "lost")


def main() -> None:
    """Do every fault, print the table; exit 1 if anything was wrong or lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=1000, help="bits to flip, one at a time")
    parser.add_argument("--kills", type=int, default=50, help="kills at random moments, a job")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.monotonic()
    total, rows = Row("all"), []
    print(LINE.format(fault="fault", **{name: name for name in COUNTS}))
    with tempfile.TemporaryDirectory() as scratch:
        for row in break_everything(Path(scratch), arguments):
            rows.append(row)
            total.add(row)
            print_row(row)
    print_row(total)
    print(f"{time.monotonic() - started:.0f} s; what was said:")
    for row in rows:
        if row.example:
            print(f"  {row.fault}: {row.example}")
    sys.exit(bool(total.wrong or total.lost))


def break_everything(scratch: Path, arguments: argparse.Namespace) -> Iterator[Row]:
    """Do every fault to two bases; the killing, which takes longest, last."""
    randoms = random.Random(arguments.seed)
    ground, grown = Ground(scratch), GrownGround(scratch)
    yield from cases.pointers(ground)
    yield from cases.strangers(ground)
    yield from refusals.two_writers(ground)
    yield from cases.long_reader(ground)
    yield from refusals.read_only(ground)
    yield from refusals.full_disks(ground)
    yield from cases.cuts(ground, randoms)
    yield from cases.flips(ground, arguments.flips, randoms)
    yield from cases.cuts(grown, randoms)
    yield from cases.flips(grown, arguments.flips // GROWN_SHARE, randoms)
    yield from cases.kills(ground, arguments.kills, randoms)


def print_row(row: Row) -> None:
    """Print one line of the table."""
    print(LINE.format(fault=row.fault, **{name: getattr(row, name) for name in COUNTS}))
