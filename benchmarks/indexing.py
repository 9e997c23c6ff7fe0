"""Neighbours of every article: the engine's index against hnswlib, usearch and IndexFlatIP.

Each contender builds its index in a process of its own, then finds the 16 nearest of every
row. Speed and recall are measured over a sweep of its effort, on the same vectors in one
run. Peers and, where that would take long, flat search answer a sample of the rows, and
the time for all is extrapolated; the table says so.

    python benchmarks/indexing.py --rows 100000
    python benchmarks/indexing.py --rows 1000000 --vectors seeds.npy --plot recall.svg

Needs ``pip install hnswlib usearch matplotlib`` besides the engine. Without ``--vectors``
or ``--indexes`` it draws from a synthetic mixture.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from typing import TypeAlias

import indexing_contenders
import numpy as np

K = 16
N_TRUTH = 1000
"""Rows whose true neighbours are found by comparing them with all others."""

NOISE = (0.4, 0.35)
"""Median and log deviation of how far a resampled row lies from its seed."""

BLOCK = 1 << 15

HEADER = (
    "contender   effort            build s      cpu   graph s       cpu  of rows  recall@16"
    "  query ms   GiB"
)
LINE = (
    "{contender:<12}{effort:<16}{build:>9.1f}{build_cpu:>9.1f}{graph:>10.1f}{graph_cpu:>10.1f}"
    "{n_searched:>9}{recall:>11.4f}{query:>10.2f}{anonymous:>6.2f}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One effort of one contender.

    Attributes
    ----------
    contender, effort
        Names.
    build, graph
        Seconds to build the index, and to find the neighbours of every row.
    build_cpu, graph_cpu
        The same in processor seconds of all threads: what a busy machine does not change.
    n_searched
        Rows that were really searched for; `graph` is scaled from these.
    recall
        At 16, over `N_TRUTH` rows, without the row itself.
    query
        Milliseconds of one query alone, median.
    anonymous
        Peak memory in GiB beyond mapped files.
    """

    contender: str
    effort: str
    build: float
    build_cpu: float
    graph: float
    graph_cpu: float
    n_searched: int
    recall: float
    query: float
    anonymous: float


Points: TypeAlias = "Queue[Point | None]"
"""What a contender's process tells, None in the end."""


def seeds(arguments: argparse.Namespace) -> np.ndarray:
    """Return real or synthetic unit rows to draw from, float32, (n, dim)."""
    if arguments.vectors:
        rows = np.concatenate([np.load(path) for path in arguments.vectors]).astype(np.float32)
    elif arguments.indexes:
        from engine.disk.layout import Layout
        from engine.domain import Rows
        from engine.generations.generation import open_live

        generation = open_live(Layout(arguments.indexes))
        rows = generation.vectors(Rows(np.arange(min(len(generation), 20_000))))
    else:
        random = np.random.default_rng(1)
        spectrum = np.arange(1, 385, dtype=np.float32) ** -0.4
        topics = random.standard_normal((200, 384), np.float32)[random.integers(200, size=6000)]
        rows = (topics + random.standard_normal((6000, 384), np.float32)) * spectrum
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def resample(rows: np.ndarray, n_rows: int, path: Path) -> None:
    """Write `n_rows` half-precision rows: a seed plus a part of the difference of two others.

    This smoothed bootstrap keeps the spread and the correlations of the seeds.
    """
    out = np.lib.format.open_memmap(path, "w+", np.float16, (n_rows, rows.shape[1]))
    random = np.random.default_rng(0)
    for start in range(0, n_rows, BLOCK):
        size = min(BLOCK, n_rows - start)
        base, one, other = rows[random.integers(len(rows), size=(3, size))]
        scale = np.exp(random.normal(np.log(NOISE[0]), NOISE[1], (size, 1)))
        block = base + scale.astype(np.float32) * (one - other)
        out[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
    out.flush()


def truth(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return some rows, and the cosine of the 16th nearest other row of each."""
    import faiss

    stored = np.load(path, mmap_mode="r")
    rows = np.sort(np.random.default_rng(2).choice(len(stored), N_TRUTH, replace=False))
    queries = stored[rows].astype(np.float32)
    heap = faiss.ResultHeap(len(rows), K + 1, keep_max=True)
    for start in range(0, len(stored), BLOCK):
        block = stored[start : start + BLOCK].astype(np.float32)
        cosines, found = faiss.knn(queries, block, K + 1, metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(cosines, found + start)
    heap.finalize()
    return rows, heap.D[:, K]


def measure(name: str, path: Path, rows: np.ndarray, least: np.ndarray, queue: Points) -> None:
    """Run one contender in this process and put its points into `queue`."""
    stored = np.load(path, mmap_mode="r")
    watch = indexing_contenders.MemoryWatch()
    contender = indexing_contenders.CONTENDERS[name]()
    started = clocks()
    contender.build(stored)
    build, build_cpu = (clocks() - started).tolist()
    queries = stored[rows].astype(np.float32)
    for effort in contender.efforts():
        contender.set_effort(effort)
        searched, spent = graph(contender, stored)
        graph_wall, graph_cpu = (spent * len(stored) / searched).tolist()
        found = contender.search(queries, K + 1)
        near = np.einsum("qd,qkd->qk", queries, stored[found].astype(np.float32))
        hits = (near >= least[:, None] - 1e-5).sum(axis=1) - 1  # less the row itself
        queue.put(
            Point(
                contender=name,
                effort=str(effort),
                build=build,
                build_cpu=build_cpu,
                graph=graph_wall,
                graph_cpu=graph_cpu,
                n_searched=searched,
                recall=float(np.clip(hits, 0, K).mean() / K),
                query=single(contender, queries),
                anonymous=watch.peak(),
            )
        )
    queue.put(None)


def clocks() -> np.ndarray:
    """Return the time on the wall and of all processors, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def graph(contender: indexing_contenders.Contender, stored: np.ndarray) -> tuple[int, np.ndarray]:
    """Find the neighbours of every row, or of as many as the contender is given."""
    n_rows = contender.n_searched(len(stored))
    started = clocks()
    for start in range(0, n_rows, BLOCK):
        stop = min(start + BLOCK, n_rows)
        contender.search(stored[start:stop].astype(np.float32), K + 1)
    return n_rows, clocks() - started


def single(contender: indexing_contenders.Contender, queries: np.ndarray) -> float:
    """Return the median time of one query alone, in milliseconds."""
    spent = []
    for query in queries[:50]:
        started = time.perf_counter()
        contender.search(query[None], K + 1)
        spent.append(time.perf_counter() - started)
    return 1000 * float(np.median(spent))


def plot(points: list[Point], path: Path, n_rows: int) -> None:
    """Draw recall against rows a second with the build, one line for each contender."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.fonttype"] = "none"  # text stays text, a third of the size
    plt.rcParams["svg.hashsalt"] = "recall"  # the same points, the same file
    figure, axes = plt.subplots(figsize=(7, 5))
    for name in dict.fromkeys(point.contender for point in points):
        mine = sorted(
            (point.recall, n_rows / (point.build + point.graph))
            for point in points
            if point.contender == name
        )
        axes.plot(*zip(*mine, strict=True), marker="o", label=name)
    axes.axvline(0.95, color="grey", linestyle=":", label="wanted")
    axes.set(
        xlabel="recall@16",
        ylabel="rows a second",
        yscale="log",
        title=f"Index and neighbours of every row, {n_rows:,} x 384, 2 threads",
    )
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Measure, print the table and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--vectors", type=Path, nargs="*", help="npy files of unit rows")
    parser.add_argument("--indexes", type=Path, help="a base whose vectors are resampled")
    parser.add_argument("--contenders", nargs="*", default=list(indexing_contenders.CONTENDERS))
    parser.add_argument("--plot", type=Path, help="svg or png file to draw")
    parser.add_argument("--json", type=Path, help="file to write the points to")
    parser.add_argument("--scratch", type=Path, help="folder for some GB of vectors")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    points: list[Point] = []
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        path = Path(folder) / "vectors.npy"
        resample(seeds(arguments), arguments.rows, path)
        rows, least = truth(path)
        print(HEADER)
        for name in arguments.contenders:
            queue: Points = context.Queue()
            worker = context.Process(target=measure, args=(name, path, rows, least, queue))
            worker.start()
            while (point := queue.get()) is not None:
                points.append(point)
                print(LINE.format(**asdict(point)), flush=True)
            worker.join()
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(point) for point in points], indent=1) + "\n")
    if arguments.plot:
        plot(points, arguments.plot, arguments.rows)


if __name__ == "__main__":
    main()
