"""What the executor costs, and whether shards and workers change an answer; all in one run.

The encoder takes no time, so that any overhead shows, and what one text costs the one writer.
Vectors are made up around those that are given, as in `stream`.

    python benchmarks/scale.py --vectors a.npy b.npy --articles 20000
    python benchmarks/scale.py --two-nodes --labelled DATA VECTORS
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from labelled import read_window
from stream import Stream, name_of, read_seeds

from engine.domain import Embeddings, Rows
from engine.facade import Base
from engine.index.faiss_build import build_index
from engine.index.lists import build_lists, lists_for
from engine.index.time_shards import QUERIES_AT_ONCE, nearest_in_shards
from engine.jobs.embedding import TEXTS_AT_ONCE, embed_missing
from engine.jobs.ingest import batches
from engine.jobs.setup import OWN_ENCODER, SHIPPED
from engine.protocols import Executor
from engine.same_event.candidates import CROWDED_NEIGHBOURS
from engine.same_event.window import Window
from engine.store import Corpus
from engine.stories.agreement import bcubed
from engine.stories.partition import judge, judge_near, partition
from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor

A_DAY = 2000
K = CROWDED_NEIGHBOURS + 1
HERE = "many shards"
"""What those on other nodes are compared with."""

LABELLED = ("meantime", "ecbplus_dev", "wikinews_sources", "giveme5w1h")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", nargs="*", type=Path, default=[])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--texts", type=int, default=4_000)
    parser.add_argument("--shard-rows", type=int, default=4_000)
    parser.add_argument("--labelled", nargs=2, type=Path, help="as for stories.py")
    parser.add_argument("--rounds", type=int, default=5, help="of what is compared in turns")
    parser.add_argument("--two-nodes", action="store_true", help="on a Ray cluster of two, too")
    given = parser.parse_args()
    stream = Stream(read_seeds(given.vectors), given.articles, A_DAY)
    with tempfile.TemporaryDirectory() as folder:
        embedding(Path(folder), stream, given.texts, given.rounds)
    with executors(two_nodes=given.two_nodes) as opened:
        neighbours(stream, given.shard_rows, opened, given.rounds)
        if given.labelled:
            data, vectors = given.labelled
            stories(data, vectors, opened)


@contextmanager
def executors(*, two_nodes: bool) -> Iterator[dict[str, Executor]]:
    """Give what shards are searched by."""
    opened: dict[str, Executor] = {HERE: LocalExecutor()}
    if not two_nodes:
        yield opened
        return
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={"include_dashboard": False} | small)
    cluster.add_node(**small)
    with RayExecutor(cluster.address) as on_ray:
        yield opened | {"many shards, two nodes": on_ray}
    cluster.shutdown()


def embedding(folder: Path, stream: Stream, n_texts: int, rounds: int) -> None:
    """Compare the executor with a plain loop over the same store."""
    with Base(folder / "base") as base:
        base.ingest(
            {"id": name_of(row), "title": f"Item {row}", "text": f"Report {row} told. " * 60}
            for row in range(n_texts)
        )
        path = base.layout.corpus
    numbers = count()
    rows = stream.vectors(np.arange(TEXTS_AT_ONCE))

    def plainly() -> None:
        with Corpus(path) as corpus:
            plain_loop(corpus, Still(next(numbers), rows))

    def by_executor() -> None:
        with Corpus(path) as corpus:
            embed_missing(corpus, Still(next(numbers), rows), OWN_ENCODER, SHIPPED)

    compare(f"{n_texts} texts", {"plain loop": plainly, "executor": by_executor}, rounds)


@dataclass(frozen=True, slots=True)
class Still:
    """Gives the same vectors for whatever it is asked; each number is another encoder."""

    number: int
    rows: Embeddings

    @property
    def fingerprint(self) -> str:
        """Names the number."""
        return f"still|{self.number}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return len(self.rows[0])

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return some of the rows."""
        return self.rows[: len(texts)]


def plain_loop(corpus: Corpus, encoder: Still) -> None:
    """Embed what is missing without an executor."""
    for batch in batches(corpus.embeddings.missing(encoder.fingerprint), TEXTS_AT_ONCE):
        texts = corpus.embeddings.texts([key for _, key in batch])
        vectors = encoder.encode(list(texts.values()))
        with corpus.transaction():
            wanted = corpus.embeddings.of_articles(list(texts))
            kept = [row for row, digest in enumerate(texts) if digest in wanted]
            corpus.embeddings.put(encoder.fingerprint, list(texts), vectors[kept])


def neighbours(
    stream: Stream, shard_rows: int, executors: Mapping[str, Executor], rounds: int
) -> None:
    """Compare a direct search with one shard, and many shards wherever they are searched."""
    n_rows = stream.n_articles
    vectors, times = stream.vectors(np.arange(n_rows)), stream.hours * 3600
    nothing = [""] * n_rows
    window = Window(nothing, nothing, nothing, nothing, times, vectors)
    found: dict[str, Rows] = {}

    def direct() -> None:
        lists = build_lists(vectors, lists_for(n_rows), K)
        blocks = range(0, n_rows, QUERIES_AT_ONCE)
        answers = [lists.search(vectors, vectors[at : at + QUERIES_AT_ONCE], K) for at in blocks]
        found["direct"] = Rows(np.concatenate([answer.rows for answer in answers]))

    def sharded(name: str, executor: Executor, most_rows: int) -> None:
        found[name] = in_shards(executor, most_rows, window)

    one = partial(sharded, "one shard", LocalExecutor(), n_rows)
    compare(f"neighbours of {n_rows}", {"direct": direct, "one shard": one}, rounds)
    tell_same("one shard", found["one shard"], found["direct"])
    for name, executor in executors.items():
        compare("neighbours", {name: partial(sharded, name, executor, shard_rows)}, 1)
        tell_same(name, found[name], found[HERE])


def tell_same(name: str, found: Rows, expected: Rows) -> None:
    """Print how many neighbours are those that were expected."""
    print(f"{name}: {(found == expected).mean():.6f} of the neighbours are the same", flush=True)


def in_shards(executor: Executor, most_rows: int, view: Window) -> Rows:
    """Return the nearest rows of each article, found in shards without a limit in time."""
    with tempfile.TemporaryDirectory() as folder:
        return nearest_in_shards(
            executor,
            Path(folder),
            view.vectors,
            view.published,
            min(K, len(view)),
            most_rows=most_rows,
            reach=np.inf,
        )


def stories(data: Path, vectors: Path, executors: Mapping[str, Executor]) -> None:
    """Compare the stories of labelled sets, each in five shards, with those of one index."""
    for name in LABELLED:
        window, _ = read_window(data / f"{name}.jsonl", vectors, "f")
        whole = partition(window, judge(window, build_index)).labels
        for where, executor in executors.items():
            nearest_of = partial(in_shards, executor, -(-len(window) // 5))
            found = partition(window, judge_near(window, nearest_of)).labels
            f1 = bcubed(found, whole).f1
            print(f"{name}, {len(window)} articles, {where}: B-cubed F1 {f1}", flush=True)


def compare(what: str, ways: dict[str, Callable[[], None]], rounds: int) -> None:
    """Print the least time of each way, in turns, and the ratio to the first."""
    least = dict.fromkeys(ways, (np.inf, np.inf))
    for _ in range(rounds):
        for name, way in ways.items():
            before = time.process_time(), time.perf_counter()
            way()
            took = time.process_time() - before[0], time.perf_counter() - before[1]
            least[name] = min(least[name], took)
    first = next(iter(least.values()))[0]
    for name, (processor, wall) in least.items():
        print(
            f"{what}, {name}: {processor:.2f} s of processor here ({processor / first:.3f}), "
            f"{wall:.1f} s of the clock",
            flush=True,
        )


if __name__ == "__main__":
    main()
