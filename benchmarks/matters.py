"""Scores the links of long matters on labelled sets whose events belong to longer affairs.

    python benchmarks/matters.py DATA VECTORS [--read SET N]

Stories are the gold events; in `gun_violence` and `wikinews_sources`, whose events last, what comes
after a silence of `SILENCE` is another one. Precision is the share of pairs in one matter that are
of one affair, recall the share of pairs of one affair that are in one matter.
`--read` prints links drawn at random, for a person to judge where gold says less.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from labelled import options_parser, read_window

from engine.index.faiss_build import build_index
from engine.stories.matters import link_matters

SILENCE = 7.0
"""Days after which coverage of one event is another stage of it."""

AFFAIRS = {"meantime": "topic", "gun_violence": "cluster", "wikinews_sources": "cluster"}
"""The field of each set that names the affair."""

READ = ("roundups_2021",)
"""Sets without such a field: their links can only be read."""


def main() -> None:
    """Print a line for each set, or the links to read."""
    options = _options()
    for name in (*AFFAIRS, *READ):
        means, affairs, headlines = _stories(options.data / f"{name}.jsonl", options.vectors)
        started = time.perf_counter()
        labels = link_matters(means, build_index(means), np.arange(len(means)))
        seconds = time.perf_counter() - started
        upper = np.triu_indices(len(means), 1)
        linked, gold = (labels[:, None] == labels)[upper], (affairs[:, None] == affairs)[upper]
        right, sizes = int((linked & gold).sum()), np.bincount(labels)
        print(
            f"{name:18} {len(means):5} stories, {linked.sum():5} links, precision "
            f"{right / max(1, linked.sum()):.3f}, recall {right / max(1, gold.sum()):.3f}, "
            f"{(sizes > 1).sum()} matters, largest {sizes.max()}, {seconds:.2f} s",
            flush=True,
        )
        if options.read and options.read[0] == name:
            links = np.random.default_rng(17).permutation(np.flatnonzero(linked))
            for link in links[: int(options.read[1])].tolist():
                print(f"  {headlines[upper[0][link]]} | {headlines[upper[1][link]]}")


def _options() -> argparse.Namespace:
    parser = options_parser(__doc__.split("\n")[0])
    parser.add_argument("--read", nargs=2, metavar=("SET", "N"), help="print N links of a set")
    return parser.parse_args()


def _stories(path: Path, vectors: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the mean vector of each story, the affair it belongs to, and one of its titles."""
    window, lines = read_window(path, vectors, "f")
    days = window.published / 86_400
    events = defaultdict[str, list[int]](list)
    for row in np.argsort(np.nan_to_num(days, nan=-1.0), kind="stable").tolist():
        events[lines[row]["cluster"]].append(row)
    stories = []
    for event in filter(None, events):
        rows = events[event]
        gaps = np.nan_to_num(np.diff(days[rows])) > SILENCE
        parts = gaps & (path.stem in ("gun_violence", "wikinews_sources"))
        stories += np.split(rows, np.flatnonzero(parts) + 1)
    sums = np.stack([window.vectors[rows].sum(axis=0) for rows in stories])
    means = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    field = AFFAIRS.get(path.stem, "cluster")
    affairs = np.array([lines[rows[0]][field] for rows in stories])
    return means.astype(np.float32), affairs, [window.titles[rows[0]] for rows in stories]


if __name__ == "__main__":
    main()
