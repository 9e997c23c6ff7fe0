"""Times the clustering of one window of made-up articles, and its memory, against others.

Events have sizes by a power law up to `--largest` articles, vectors near the event's own and
texts with the event's names and numbers, so that every step has its usual work. Encoding is
left out: the vectors are made up as well, and centred as a base centres its own. Each contender
has a process of its own; the others see the same vectors alone.

What is made must not contradict itself where real news does not: raw vectors of a model are all
alike, which no window of the engine sees, and names are compared by their first letters, which
must differ from event to event. It is no exam of quality, as made-up events are far easier to
tell apart than real ones: a mistake here is worth a look, a right answer says nothing.

    python benchmarks/clustering.py [--articles 100000] [--largest 10000] [--vectors a.npy b.npy]
    python benchmarks/clustering.py --articles 10000 --contenders engine community_detection hdbscan
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from dataclasses import asdict, astuple, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from stream import read_seeds, spelled, unit

from engine.encoding import fit_centring
from engine.index.faiss_build import build_index
from engine.same_event.window import Window
from engine.stories.agreement import bcubed
from engine.stories.partition import cluster

DAY = 86400.0
WORDS = 4000
EVENT_FAR, ARTICLE_FAR = 0.5, 0.45
"""How far an event is from a seed and an article from its event, in differences of seeds."""

SENTENCES = 12
"""Sentences of an article, some 1,100 characters in all."""

TOLD, LEAST_TOLD = 6, 100
"""Numbers of an event, of which each sentence tells one, and the least of all."""


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
    words = np.array([spelled(number) for number in range(WORDS)])
    titles, bodies = [], []
    for row, event in enumerate(events.tolist()):
        picked = words[(random.zipf(1.3, (SENTENCES, 10)) + 37 * event) % WORDS]
        names = [spelled(WORDS + 3 * event + n).capitalize() for n in range(3)]
        numbers = LEAST_TOLD + TOLD * event + random.integers(TOLD, size=SENTENCES)
        sentences = [
            f"The {' '.join(line)} {names[n % 3]} {numbers[n]}." for n, line in enumerate(picked)
        ]
        titles.append(f"{spelled(row)} {' '.join(picked[0, :6])} {names[0]}")
        bodies.append(" ".join(sentences))
    return titles, bodies


def window_of(asked: argparse.Namespace) -> tuple[Window, np.ndarray]:
    """Return the articles, and the event of each: the same ones in every process."""
    random = np.random.default_rng(0)
    seeds = read_seeds(asked.vectors)
    events = event_of_each(asked.articles, asked.largest, random)
    titles, bodies = texts_of(events, random)
    begun = random.uniform(0, 14 * DAY, int(events.max()) + 1)
    languages = ["en"] * len(events)
    published = begun[events] + random.exponential(DAY, len(events))
    raw = vectors_of(events, seeds, random)
    window = Window(
        titles=titles,
        bodies=bodies,
        languages=languages,
        sources=[f"outlet {row % 400}" for row in range(len(events))],
        published=published,
        vectors=fit_centring(raw, languages).apply(raw, languages),
    )
    return window, events


def engine(window: Window) -> np.ndarray:
    """Return the engine's own labels."""
    return cluster(window, build_index).labels


def community_detection(window: Window) -> np.ndarray:
    """Return those of sentence-transformers, at its own threshold."""
    import torch
    from sentence_transformers.util import community_detection as detect

    labels = np.full(len(window), -1)
    for number, rows in enumerate(detect(torch.from_numpy(window.vectors), min_community_size=2)):
        labels[rows] = number
    return labels


def hdbscan(window: Window) -> np.ndarray:
    """Return those of the package hdbscan; of unit rows, distances order as cosines do."""
    from hdbscan import HDBSCAN

    found = HDBSCAN(min_cluster_size=2, min_samples=1).fit(window.vectors.astype(float))
    return np.asarray(found.labels_)


def fast_hdbscan(window: Window) -> np.ndarray:
    """Return those of the package fast_hdbscan, compiled before it is timed."""
    from fast_hdbscan import HDBSCAN

    HDBSCAN(min_cluster_size=2, min_samples=1).fit(window.vectors[:500])
    started.restart()
    found = HDBSCAN(min_cluster_size=2, min_samples=1).fit(window.vectors)
    return np.asarray(found.labels_)


CONTENDERS = {
    one.__name__: one for one in (engine, community_detection, hdbscan, fast_hdbscan)
}  # fmt: skip


class Clock:
    """Seconds of the wall and of the processors since it was started."""

    def restart(self) -> None:
        """Begin to count."""
        self._wall, self._processors = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return both."""
        return time.perf_counter() - self._wall, time.process_time() - self._processors


started = Clock()


@dataclass(frozen=True, slots=True)
class Found:
    """What a contender took.

    Attributes
    ----------
    contender
        Its name.
    seconds, processor_seconds
        Of the wall, and of all processors.
    peak_gib, before_gib
        Most memory of its process, and before it began, with the articles.
    precision, recall, f1
        B-cubed, against the events.
    """

    contender: str
    seconds: float
    processor_seconds: float
    peak_gib: float
    before_gib: float
    precision: float
    recall: float
    f1: float


def measure(name: str, asked: argparse.Namespace, sender: Connection) -> None:
    """Send what a contender takes."""
    window, events = window_of(asked)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    started.restart()
    labels = CONTENDERS[name](window)
    seconds, processors = started.read()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found = bcubed(labels.astype(np.int64), events)
    agreement = found.precision, found.recall, found.f1
    rounded = (round(value, 3) for value in (seconds, processors, peak, before, *agreement))
    sender.send(Found(name, *rounded))


def main() -> None:
    """Make a window, cluster it, print seconds, memory and agreement of each contender."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--largest", type=int, default=10_000, help="articles of the first event")
    parser.add_argument(
        "--vectors", type=Path, nargs="*", default=[], help=".npy files to draw from"
    )
    parser.add_argument("--contenders", nargs="*", default=["engine"], choices=[*CONTENDERS])
    parser.add_argument("--json", type=Path, help="file to write what was measured to")
    asked = parser.parse_args()
    context, found = multiprocessing.get_context("spawn"), []
    print("| contender | seconds | processors | peak GiB | before | precision | recall | F1 |")
    print("|---|---|---|---|---|---|---|---|")
    for name in asked.contenders:
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=measure, args=(name, asked, sender))
        worker.start()
        sender.close()
        try:
            found.append(receiver.recv())
            print("|", *(f"{value} |" for value in astuple(found[-1])), flush=True)
        except EOFError:
            print(f"| {name} | failed | | | | | | |", flush=True)
        worker.join()
    if asked.json:
        kept = {"articles": asked.articles, "contenders": [*map(asdict, found)]}
        asked.json.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
