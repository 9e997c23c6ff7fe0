r"""What the executor costs, and whether shards and workers change an answer; all in one run.

The encoder takes no time, so that any overhead shows, and what one text costs the one writer.
Vectors are made up around those that are given, as in `stream`.

    python benchmarks/scale.py --vectors a.npy b.npy --articles 20000
    python benchmarks/scale.py --two-nodes --labelled DATA VECTORS
    python benchmarks/scale.py --articles 1000000 --days 365 --reach 30 --shard-rows 100000 \
        --rounds 0 --two-nodes --vectors a.npy b.npy
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from labelled import read_window
from nodes import Roots, peaks_told, two_nodes
from stream import Stream, name_of, read_seeds

from engine.domain import Embeddings, Neighbours, Rows
from engine.facade import Base
from engine.index.exact import TIE
from engine.index.faiss_build import build_index
from engine.index.lists import cut_into_lists, lists_for, tuned
from engine.index.time_shards import QUERIES_AT_ONCE, nearest_in_shards
from engine.jobs.base.setup import OWN_ENCODER, SHIPPED
from engine.jobs.rebuilding.embedding import TEXTS_AT_ONCE, embed_missing
from engine.jobs.storing.ingest import batches
from engine.protocols import Executor
from engine.same_event.candidates import CROWDED_NEIGHBOURS
from engine.same_event.window import Window
from engine.store import Corpus
from engine.stories.agreement import bcubed
from engine.stories.partition import judge, judge_near, partition
from engine.workers.local import LocalExecutor

A_DAY = 2000
DAY = 86_400.0
SAMPLE = 500
"""Articles whose neighbours are compared with those of comparing all."""

K = CROWDED_NEIGHBOURS + 1
HERE = "many shards"
"""What those on other nodes are compared with."""

LABELLED = ("meantime", "ecbplus_dev", "wikinews_sources", "giveme5w1h")


def main() -> None:
    """Measure and print."""
    given = options().parse_args()
    a_day = max(1, round(given.articles / given.days)) if given.days else A_DAY
    stream = Stream(read_seeds(given.vectors), given.articles, a_day)
    with tempfile.TemporaryDirectory() as folder:
        if given.rounds:
            embedding(Path(folder), stream, given.texts, given.rounds)
        window = made_up(stream, Path(folder))
        if given.rounds:
            one_shard(window, given.rounds)
        shards = Shards(given.shard_rows, given.reach * DAY)
        with ExitStack() as stack:
            executors: dict[str, Executor] = {HERE: LocalExecutor()}
            nodes: Roots = {}
            if given.two_nodes:
                executors["many shards, two nodes"], nodes = stack.enter_context(two_nodes())
            neighbours(window, shards, executors, nodes)
            if given.stories:
                told = with_texts(stream, given.stories, Path(folder))
                stories(f"{given.stories} made-up articles", told, shards, executors)
            for name in LABELLED if given.labelled else ():
                data, vectors = given.labelled
                labelled, _ = read_window(data / f"{name}.jsonl", vectors, "f")
                stories(name, labelled, Shards(-(-len(labelled) // 5), np.inf), executors)


def options() -> argparse.ArgumentParser:
    """Return the parser of what may be given."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", nargs="*", type=Path, default=[])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--days", type=float, help=f"they are of so many; else {A_DAY} a day")
    parser.add_argument("--texts", type=int, default=4_000)
    parser.add_argument("--shard-rows", type=int, default=4_000)
    parser.add_argument("--reach", type=float, default=np.inf, help="days between neighbours")
    parser.add_argument("--stories", type=int, default=0, help="of so many made-up articles")
    parser.add_argument("--labelled", nargs=2, type=Path, help="as for stories.py")
    parser.add_argument("--rounds", type=int, default=5, help="of what is compared in turns")
    parser.add_argument("--two-nodes", action="store_true", help="on a Ray cluster of two, too")
    return parser


@dataclass(frozen=True, slots=True)
class Shards:
    """How articles are cut: into shards of so many rows, compared within so many seconds."""

    most_rows: int
    reach: float

    def nearest(self, executor: Executor, view: Window) -> Neighbours:
        """Return the nearest rows of each article."""
        with tempfile.TemporaryDirectory() as folder:
            return nearest_in_shards(
                executor,
                Path(folder),
                view.vectors,
                view.published,
                min(K, len(view)),
                most_rows=self.most_rows,
                reach=self.reach,
            )


def made_up(stream: Stream, folder: Path) -> Window:
    """Return made-up articles without texts; their vectors lie in a file."""
    path = folder / "made-up.f4"
    with path.open("wb") as file:
        for start in range(0, stream.n_articles, QUERIES_AT_ONCE):
            rows = np.arange(start, min(start + QUERIES_AT_ONCE, stream.n_articles))
            file.write(stream.vectors(rows).tobytes())
    shape = stream.n_articles, stream.seeds.shape[1]
    vectors: Embeddings = np.asarray(np.memmap(path, np.float32, "r", shape=shape))
    nothing = [""] * stream.n_articles
    return Window(nothing, nothing, nothing, nothing, stream.hours * 3600, vectors)


def with_texts(stream: Stream, n_articles: int, folder: Path) -> Window:
    """Return the first made-up articles with their texts."""
    stream.write(folder / "told.jsonl", range(n_articles))
    with (folder / "told.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    titles, bodies, languages, sources = (
        [line[name] for line in lines] for name in ("title", "text", "language", "source")
    )
    rows = np.arange(n_articles)
    times, vectors = stream.hours[rows] * 3600, stream.vectors(rows)
    return Window(titles, bodies, languages, sources, times, vectors)


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


def one_shard(window: Window, rounds: int) -> None:
    """Compare a direct search with one shard."""
    found: dict[str, Rows] = {}
    vectors, n_rows = window.vectors, len(window)

    def direct() -> None:
        lists = cut_into_lists(vectors, lists_for(n_rows))
        listed = vectors[lists.order]
        lists = tuned(lists, listed, K)
        blocks = range(0, n_rows, QUERIES_AT_ONCE)
        answers = [lists.search(listed, vectors[at : at + QUERIES_AT_ONCE], K) for at in blocks]
        found["direct"] = Rows(np.concatenate([answer.rows for answer in answers]))

    def sharded() -> None:
        found["one shard"] = Shards(n_rows, np.inf).nearest(LocalExecutor(), window).rows

    compare(f"neighbours of {n_rows}", {"direct": direct, "one shard": sharded}, rounds)
    tell_same("one shard", found["one shard"], found["direct"])


def neighbours(
    window: Window, shards: Shards, executors: Mapping[str, Executor], nodes: Roots
) -> None:
    """Compare many shards wherever they are searched, with each other and with all rows."""
    found: dict[str, Rows] = {}

    def search(name: str, executor: Executor) -> None:
        found[name] = shards.nearest(executor, window).rows

    for name, executor in executors.items():
        with peaks_told({} if name == HERE else nodes):
            compare("neighbours", {name: partial(search, name, executor)}, 1)
        tell_same(name, found[name], found[HERE])
        share = recall_of(found[name], window, shards.reach)
        print(f"{name}: recall@{K} {share:.4f} of {SAMPLE} articles", flush=True)


def recall_of(found: Rows, window: Window, reach: float) -> float:
    """Return the share of the true neighbours within reach that was found, of a sample."""
    n_rows = len(window)
    queries = np.random.default_rng(0).choice(n_rows, min(SAMPLE, n_rows), replace=False)
    vectors, times = window.vectors, window.published
    best = np.full((len(queries), K), -np.inf, np.float32)
    for start in range(0, n_rows, QUERIES_AT_ONCE):
        block = slice(start, start + QUERIES_AT_ONCE)
        cosines = vectors[queries] @ vectors[block].T
        cosines[np.abs(times[queries, None] - times[block]) > reach] = -np.inf
        best = -np.partition(-np.hstack([best, cosines]), K - 1, axis=1)[:, :K]
    near = vectors[found[queries].ravel()].reshape(*best.shape, -1)
    cosines = np.where(found[queries] >= 0, np.einsum("qd,qkd->qk", vectors[queries], near), -2)
    n_wanted = (best > -np.inf).sum(axis=1)
    last = np.where(best > -np.inf, best, np.inf).min(axis=1, keepdims=True)
    return float((np.minimum((cosines >= last - TIE).sum(axis=1), n_wanted) / n_wanted).mean())


def tell_same(name: str, found: Rows, expected: Rows) -> None:
    """Print how many neighbours are those that were expected."""
    print(f"{name}: {(found == expected).mean():.6f} of the neighbours are the same", flush=True)


def stories(what: str, window: Window, shards: Shards, executors: Mapping[str, Executor]) -> None:
    """Compare the stories by shards, here and elsewhere, with those of one index."""
    whole = partition(window, judge(window, build_index)).labels
    for where, executor in executors.items():
        found = partition(window, judge_near(window, partial(shards.nearest, executor))).labels
        f1 = bcubed(found, whole).f1
        print(f"{what}, {len(window)} articles, {where}: B-cubed F1 {f1}", flush=True)
        if where == HERE:
            here = found
        else:
            print(f"{what}, {where}, against here: B-cubed F1 {bcubed(found, here).f1}", flush=True)


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
