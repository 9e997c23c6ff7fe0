#!/usr/bin/env python3
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import fault_cases  # noqa: E402 - found beside this script
import fault_refusals  # noqa: E402
from fault_ground import Ground, GrownGround, Row  # noqa: E402

GROWN_SHARE = 4
"""The grown base, which takes longer, gets one flip in so many beside those of the other."""

LINE = "{fault:<58}{n:>7}{refused:>9}{whole:>7}{harmless:>10}{wrong:>7}{lost:>6}"


def main() -> None:
    """Do every fault, print the table; exit 1 if anything was wrong or lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=1000, help="bits to flip, one at a time")
    parser.add_argument("--kills", type=int, default=50, help="kills at random moments, a job")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    randoms = random.Random(arguments.seed)  # noqa: S311 - no secret
    started = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        ground = Ground(Path(scratch))
        grown = GrownGround(Path(scratch))
        print(LINE.format(**{name: name for name in (*Row.__slots__, "n")}))
        for cases in (
            fault_cases.pointers(ground),
            fault_cases.strangers(ground),
            fault_refusals.two_writers(ground),
            fault_cases.long_reader(ground),
            fault_refusals.read_only(ground),
            fault_refusals.full_disks(ground),
            fault_cases.cuts(ground, randoms),
            fault_cases.flips(ground, arguments.flips, randoms),
            fault_cases.cuts(grown, randoms),
            fault_cases.flips(grown, arguments.flips // GROWN_SHARE, randoms),
            fault_cases.kills(ground, arguments.kills, randoms),
        ):
            for row in cases:
                rows.append(row)
                print(LINE.format(**{name: getattr(row, name) for name in (*Row.__slots__, "n")}))
    total = Row("all")
    for row in rows:
        for name in ("refused", "whole", "harmless", "wrong", "lost"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    print(LINE.format(**{name: getattr(total, name) for name in (*Row.__slots__, "n")}))
    print(f"{time.monotonic() - started:.0f} s; what was said:")
    for row in rows:
        if row.example:
            print(f"  {row.fault}: {row.example}")
    sys.exit(bool(total.wrong or total.lost))


if __name__ == "__main__":
    main()
