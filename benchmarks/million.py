"""A stream of articles through the whole engine, in one run: what each step takes.

Ingest, vectors, index, stories of a window, ten nights, questions and a check, each in a process
of its own, so that its peak of memory is its own. Vectors are made up around real ones and given
to the base as the built-in encoder's, since encoding, which is measured elsewhere, takes longer
than all else; questions are encoded. Prints a table and writes it as JSON.

    python benchmarks/million.py --vectors a.npy b.npy --json million.json
    python benchmarks/million.py --articles 100000 --begin night
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import numpy as np
from stream import Stream, name_of, read_seeds

import engine
from engine.domain import EncoderSpec
from engine.encoding import open_encoder
from engine.jobs.storing.intake import Intake

VECTORS_AT_ONCE = 4096
WINDOW = timedelta(days=14)
WARM, COLD = 200, 7
"""Questions of one process, and processes of one question."""

PERCENTILES = (50, 90, 99)

Facts: TypeAlias = dict[str, float | str]
"""What a step says of its outcome."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run works, and on what.

    Attributes
    ----------
    folder
        Scratch; the base is in ``base``.
    vectors
        Files of real vectors.
    n_articles, a_day, night, n_nights
        Articles in all before the nights, of a day, and of a night, and how many nights.
    """

    folder: Path
    vectors: tuple[Path, ...]
    n_articles: int
    a_day: int
    night: int
    n_nights: int

    @property
    def base(self) -> Path:
        """The base."""
        return self.folder / "base"

    @property
    def feed(self) -> Path:
        """What is taken in next."""
        return self.folder / "feed.jsonl"

    def stream(self) -> Stream:
        """Return the articles, those of the nights last."""
        n_articles = self.n_articles + self.n_nights * self.night
        return Stream(read_seeds(self.vectors), n_articles, self.a_day)

    def rows_of_night(self, number: int) -> range:
        """Return the articles of a night, from 0."""
        first = self.n_articles + number * self.night
        return range(first, first + self.night)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step took.

    Attributes
    ----------
    name
        Of the step.
    seconds, processor_seconds
        Of the wall, and of all processors: what it costs.
    peak_mib
        Most memory that its process had, with the pages of mapped files.
    base_mib
        Size of the base after it.
    facts
        What it says of its outcome.
    """

    name: str
    seconds: float
    processor_seconds: float
    peak_mib: float
    base_mib: float
    facts: Facts


def ingest(place: Place) -> Facts:
    """Take the feed in."""
    with engine.open(place.base) as base:
        intake = Intake(workers=os.cpu_count() or 1)
        return {"added": base.ingest([place.feed], intake=intake).added}


def give_vectors(place: Place, rows: Sequence[int] | None = None) -> Facts:
    """Keep the vectors of articles as those of the built-in encoder."""
    stream = place.stream()
    rows = range(place.n_articles) if rows is None else rows
    fingerprint = open_encoder(EncoderSpec()).fingerprint
    with engine.open(place.base) as base:
        for start in range(0, len(rows), VECTORS_AT_ONCE):
            some = rows[start : start + VECTORS_AT_ONCE]
            vectors = stream.vectors(np.array(some))
            base.add_vectors([name_of(row) for row in some], vectors, fingerprint=fingerprint)
    return {"vectors": len(rows)}


def rebuild(place: Place) -> Facts:
    """Index what is there."""
    with engine.open(place.base) as base:
        report = base.rebuild()
    return {"kind": report.index_kind, "recall": round(report.recall, 3)}


def cluster(place: Place) -> Facts:
    """Make stories of the last days."""
    with engine.open(place.base, workers=os.cpu_count() or 1) as base:
        report = base.cluster(window=WINDOW)
    return {"articles": report.n_articles, "stories": report.n_stories}


def nightly(place: Place) -> Facts:
    """Do a night's work on what is there."""
    with engine.open(place.base, workers=os.cpu_count() or 1) as base:
        report = base.nightly(check_vectors=False)  # vectors are made up
    steps = {name: round(seconds, 1) for name, seconds in report.seconds.items()}
    return {"outcome": report.outcome, "window": report.facts.n_window or 0, **steps}


def ask(place: Place) -> Facts:
    """Ask many questions of one open base, as texts and as vectors that are there."""
    titles = questions(place, WARM)
    with engine.open(place.base) as base:
        base.similar(titles[0])
        texts = timed([partial(base.similar, title) for title in titles])
        embedded = timed([partial(base.similar, base.query(title)) for title in titles])
        rows = np.random.default_rng(1).choice(place.n_articles, WARM, replace=False)
        stored = timed([partial(similar_to_stored, base, name_of(row)) for row in rows.tolist()])
    return {
        **percentiles("text", texts),
        **percentiles("embedded", embedded),
        **percentiles("stored", stored),
    }


def similar_to_stored(base: engine.Base, id_: str) -> None:
    """Ask for what is like an article of the base."""
    base.similar(base.query(id=id_))


def ask_anew(place: Place) -> Facts:
    """Ask by the command line, a process a question, after one to warm the disk's cache."""
    command = [
        sys.executable,
        "-m",
        "engine.cli",
        "similar",
        "--indexes",
        str(place.base),
        "--json",
    ]
    run = partial(subprocess.run, check=True, capture_output=True)
    calls = [partial(run, [*command, title]) for title in questions(place, COLD + 1)]
    return percentiles("cold", timed(calls)[1:])


def verify(place: Place) -> Facts:
    """Look for what was altered."""
    with engine.open(place.base) as base:
        return {"problems": len(base.verify())}


def questions(place: Place, n_questions: int) -> list[str]:
    """Return some titles of the base without their numbers."""
    rows = np.random.default_rng(0).choice(place.n_articles, n_questions, replace=False)
    with engine.open(place.base) as base:
        found = base.articles([name_of(row) for row in rows.tolist()])
    return [article.title.partition(" ")[2] for article in found.values()]


def timed(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Return the milliseconds of each call."""
    spent = []
    for call in calls:
        started = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - started))
    return spent


def percentiles(name: str, spent: Sequence[float]) -> Facts:
    """Return the percentiles of some times by name."""
    return {f"{name} p{p}": round(float(np.percentile(spent, p)), 1) for p in PERCENTILES}


def _work(call: Callable[..., Facts], arguments: tuple[object, ...], sender: Connection) -> None:
    wall, processors = time.perf_counter(), processor_seconds()
    facts = call(*arguments)
    spent = time.perf_counter() - wall, processor_seconds() - processors
    sender.send((*spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, facts))


def processor_seconds() -> float:
    """Return what this process and those that it started have used."""
    return sum(os.times()[:4])


class Log:
    """Runs steps, prints each as it ends and keeps them, so that a run that is cut tells much.

    Attributes
    ----------
    steps
        What was run.
    sizes
        Bytes an article; empty until they are known.
    """

    def __init__(self, place: Place, path: Path | None) -> None:
        self.steps: list[Step] = []
        self.sizes: Facts = {}
        self._place = place
        self._path = path

    def step(self, name: str, call: Callable[..., Facts], *more: object) -> None:
        """Run a step in a process of its own."""
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(call, (self._place, *more), sender))
        worker.start()
        sender.close()
        try:
            seconds, processors, peak, facts = receiver.recv()
        except EOFError:
            raise SystemExit(f"the step {name!r} failed") from None
        finally:
            worker.join()
        size = sum(file.stat().st_size for file in own_files(self._place.base)) / 2**20
        step = Step(name, round(seconds, 2), round(processors, 2), round(peak), round(size), facts)
        self.steps.append(step)
        print(line(step), flush=True)
        if self._path:
            steps = [*map(asdict, self.steps)]
            found = {"articles": self._place.n_articles, "steps": steps, "disk": self.sizes}
            self._path.write_text(json.dumps(found, indent=1) + "\n")


def own_files(folder: Path) -> list[Path]:
    """Return the files of a base, one of those that are the same by a hard link."""
    return list({path.stat().st_ino: path for path in folder.rglob("*") if path.is_file()}.values())


HEAD = (
    "| step | seconds | processors | peak MiB | base MiB | |\n"
    "|---|---|---|---|---|---|"
)  # fmt: skip


DISK_HEAD = "| bytes an article | |\n|---|---|"


def disk_line(sizes: Facts) -> str:
    """Return bytes an article as lines of a table."""
    return "\n".join(f"| {name} | {size} |" for name, size in sizes.items())


def line(step: Step) -> str:
    """Return a step as a line of the table."""
    facts = ", ".join(f"{name} {value}" for name, value in step.facts.items())
    return (
        f"| {step.name} | {step.seconds:.1f} | {step.processor_seconds:.1f} "
        f"| {step.peak_mib:.0f} | {step.base_mib:.0f} | {facts} |"
    )


def disk(place: Place) -> Facts:
    """Return bytes an article: of its text, and of all else that the base keeps.

    The word index, which is made of the text and no smaller than it allows, is told apart.
    """
    with closing(sqlite3.connect(place.base / "corpus.sqlite")) as corpus:
        n_articles, text = corpus.execute(
            "SELECT count(*), sum(length(CAST(title AS BLOB)) + length(CAST(body AS BLOB))"
            " + coalesce(length(raw), 0)) FROM articles"
        ).fetchone()
        tables = dict(corpus.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    words = sum(size for name, size in tables.items() if name.startswith("full_text"))
    live = (place.base / "CURRENT").read_text().strip()
    generation = sum(p.stat().st_size for p in (place.base / "generations" / live).iterdir())
    vectors = sum(size for name, size in tables.items() if "embeddings" in name)
    kept = sum(tables.values()) - words - text
    found = {
        "text": text,
        "word index": words,
        "cached vectors": vectors,
        "rest of the corpus": kept - vectors,
        "generation": generation,
        "besides text and words": kept + generation,
    }
    return {name: round(size / n_articles, 1) for name, size in found.items()}


def measure(place: Place, begin: str, path: Path | None) -> Log:
    """Run all steps; return what they took, and what the base took after the first stories."""
    stream, log = place.stream(), Log(place, path)
    stream.write(place.feed, range(place.n_articles))
    print(HEAD, flush=True)
    log.step("ingest", ingest)
    log.step("vectors", give_vectors)
    log.step("rebuild", rebuild)
    log.step("stories", cluster if begin == "cluster" else nightly)
    log.sizes = disk(place)
    for number in range(place.n_nights):
        rows = place.rows_of_night(number)
        stream.write(place.feed, rows)
        log.step(f"night {number + 1}: ingest", ingest)
        log.step(f"night {number + 1}: vectors", give_vectors, rows)
        log.step(f"night {number + 1}", nightly)
    log.step("warm questions", ask)
    log.step("cold questions", ask_anew)
    log.step("verify", verify)
    return log


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--a-day", type=int, default=7000, help="articles of one day")
    parser.add_argument("--night", type=int, default=2000, help="articles of one night")
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--vectors", type=Path, nargs="*", default=[], help="npy files, real ones")
    parser.add_argument(
        "--begin",
        choices=("cluster", "night"),
        default="cluster",
        help="make the first stories of two weeks, or by a first night of all articles",
    )
    parser.add_argument("--json", type=Path, help="file to write what was measured to")
    parser.add_argument("--table", type=Path, help="file to write the table to, in markdown")
    parser.add_argument("--scratch", type=Path, help="folder for some GB")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        place = Place(
            Path(folder),
            tuple(asked.vectors),
            asked.articles,
            asked.a_day,
            asked.night,
            asked.nights,
        )
        log = measure(place, asked.begin, asked.json)
    table = "\n".join([HEAD, *map(line, log.steps), "", DISK_HEAD, disk_line(log.sizes)]) + "\n"
    print(table[table.index(DISK_HEAD) :])
    if asked.table:
        asked.table.write_text(table)


if __name__ == "__main__":
    main()
