"""What the executor costs, and whether shards and workers change an answer; all in one run.

The encoder takes no time, so that any overhead shows, and what one text costs the one writer.
Vectors are made up around those that are given, as in `stream`.

    python benchmarks/scale.py --vectors a.npy b.npy --articles 20000
    python benchmarks/scale.py --ray 127.0.0.1:6379
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from stream import Stream, name_of, read_seeds

from engine.domain import Embeddings, Rows
from engine.facade import Base
from engine.index.time_shards import nearest_in_shards
from engine.jobs.embedding import TEXTS_AT_ONCE, embed_missing
from engine.jobs.ingest import batches
from engine.jobs.scope import FLAT_WINDOW, REOPEN, window_index
from engine.jobs.setup import OWN_ENCODER, SHIPPED
from engine.protocols import Executor
from engine.same_event.candidates import CROWDED_NEIGHBOURS, nearest_rows
from engine.same_event.window import Window
from engine.store import Corpus
from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor

A_DAY = 2000
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", nargs="*", type=Path, default=[])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--texts", type=int, default=4_000)
    parser.add_argument("--shard-rows", type=int, default=4_000)
    parser.add_argument("--ray", help="address of a cluster, as ray.init takes it")
    given = parser.parse_args()
    stream = Stream(read_seeds(given.vectors), given.articles, A_DAY)
    with tempfile.TemporaryDirectory() as folder:
        embedding(Path(folder), stream, given.texts)
        neighbours(Path(folder), stream, given.shard_rows, given.ray)


def embedding(folder: Path, stream: Stream, n_texts: int) -> None:
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

    compare(f"{n_texts} texts", {"plain loop": plainly, "executor": by_executor})


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
        return self.rows.shape[1]

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


def neighbours(folder: Path, stream: Stream, shard_rows: int, ray: str | None) -> None:
    """Compare one index with one shard, with many and with many on a cluster."""
    n_rows = stream.n_articles
    vectors, times = stream.vectors(np.arange(n_rows)), stream.hours * 3600
    nothing = [""] * n_rows
    window = Window(nothing, nothing, nothing, nothing, times, vectors)
    found: dict[str, Rows] = {}

    def direct() -> None:
        found["one index"] = nearest_rows(window, window_index(vectors))

    def shards(name: str, executor: Executor, most_rows: int, reach: float) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            found[name] = nearest_in_shards(
                executor,
                Path(place),
                vectors,
                times,
                CROWDED_NEIGHBOURS + 1,
                most_rows=most_rows,
                flat_rows=FLAT_WINDOW,
                reach=reach,
            )

    local, reach = LocalExecutor(), REOPEN.total_seconds()
    one = partial(shards, "one shard", local, n_rows, reach)
    compare(f"neighbours of {n_rows}", {"one index": direct, "one shard": one})
    compare("in shards", {"many shards": partial(shards, "many shards", local, shard_rows, np.inf)})
    if ray:
        with RayExecutor(ray) as executor:
            on_ray = partial(shards, "on Ray", executor, shard_rows, np.inf)
            compare("on Ray", {"many shards on Ray": on_ray})
    truth = found["one index"]
    for name, rows in found.items():
        print(f"{name}: {(rows == truth).mean():.6f} of the neighbours are those of one index")


def compare(what: str, ways: dict[str, Callable[[], None]]) -> None:
    """Print the least time of each way, in turns, and the ratio to the first."""
    least = dict.fromkeys(ways, (np.inf, np.inf))
    for _ in range(ROUNDS if len(ways) > 1 else 1):
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
