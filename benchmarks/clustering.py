"""Times the clustering of one window of made-up articles, and its memory.

Events have sizes by a power law up to `--largest` articles, vectors near the event's own and
texts with the event's names and numbers, so that every step has its usual work. Encoding is
left out: the vectors are made up as well.

    python benchmarks/clustering.py [--articles 100000] [--largest 10000] [--vectors a.npy b.npy]
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from stream import read_seeds, unit

from engine.index.faiss_build import build_index
from engine.same_event.window import Window
from engine.stories.agreement import bcubed
from engine.stories.partition import cluster

DAY = 86400.0
WORDS = 4000
EVENT_FAR, ARTICLE_FAR = 0.5, 0.45
"""How far an event is from a seed and an article from its event, in differences of seeds."""

SENTENCES = 12
"""Sentences of an article, some 1,000 characters in all."""


def event_of_each(n_articles: int, largest: int, random: np.random.Generator) -> np.ndarray:
    """Return the event of each article, int64, shuffled."""
    sizes = [largest]
    while sum(sizes) < n_articles:
        sizes.append(int(min(random.zipf(2.0), largest)))
    events = np.repeat(np.arange(len(sizes)), sizes)[:n_articles]
    random.shuffle(events)
    return events


def vectors_of(events: np.ndarray, seeds: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return float32 unit rows: an event near a seed, and an article near its event.

    What is added is a part of the difference of two seeds, which keeps their correlations: in
    isotropic noise no approximate index finds its way.
    """

    def moved(rows: np.ndarray, far: float) -> np.ndarray:
        one, other = seeds[random.integers(len(seeds), size=(2, len(rows)))]
        return unit(rows + far * (one - other))

    means = moved(seeds[random.integers(len(seeds), size=int(events.max()) + 1)], EVENT_FAR)
    return moved(means[events], ARTICLE_FAR)


def texts_of(events: np.ndarray, random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Return titles and bodies with the words, names and numbers of each event."""
    words = np.array([f"{chr(97 + n % 26)}word{n}" for n in range(WORDS)])
    titles, bodies = [], []
    for row, event in enumerate(events.tolist()):
        picked = words[(random.zipf(1.3, (SENTENCES, 10)) + 37 * event) % WORDS]
        names = [f"Name{event % 30000}{letter}" for letter in "abc"]
        sentences = [
            f"The {' '.join(line)} {names[n % 3]} {event % 97 + n}."
            for n, line in enumerate(picked)
        ]
        titles.append(f"{row} {' '.join(picked[0, :6])} {names[0]}")
        bodies.append(" ".join(sentences))
    return titles, bodies


def main() -> None:
    """Make a window, cluster it, print seconds of each step, memory and agreement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--largest", type=int, default=10_000, help="articles of the first event")
    parser.add_argument(
        "--vectors", type=Path, nargs="*", default=[], help=".npy files to draw from"
    )
    asked = parser.parse_args()
    random = np.random.default_rng(0)
    seeds = read_seeds(asked.vectors)
    events = event_of_each(asked.articles, asked.largest, random)
    titles, bodies = texts_of(events, random)
    n_events = int(events.max()) + 1
    begun = random.uniform(0, 14 * DAY, n_events)
    window = Window(
        titles=titles,
        bodies=bodies,
        languages=["en"] * len(events),
        sources=[f"outlet {row % 400}" for row in range(len(events))],
        published=begun[events] + random.exponential(DAY, len(events)),
        vectors=vectors_of(events, seeds, random),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall, cpu = time.perf_counter(), time.process_time()
    found = cluster(
        window,
        build_index,
        progress=lambda step, done, _: print(
            f"{step} {done}: {time.perf_counter() - wall:.1f} s", flush=True
        ),
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{len(events)} articles, {n_events} events: {wall:.1f} s, {cpu:.1f} s of processors, "
        f"{most:.2f} GiB at most ({before:.2f} before), "
        f"B-cubed F1 {bcubed(found.labels, events).f1:.3f}"
    )


if __name__ == "__main__":
    main()
