"""Times questions one by one against all at once, on the sample and on a larger base.

The larger base holds the sample many times over, each copy numbered, a day later, and with
vectors near the sample's own, which are given to the base so that nothing has to be encoded.
Prints seconds of the wall and of the processors with their ratios after both ways were warmed
up, what the first batch of a process takes more, and how far both ways agree. Questions that are
embedded already are also timed, which leaves the search and the judging. On a busy machine the
processor seconds say more; they do not show that many texts are encoded on all processors at once.

    python benchmarks/queries.py [N_QUESTIONS [N_COPIES]]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

import engine
from engine import Article, Base, Hit

SAMPLE = Path(str(files("engine"))) / "sample" / "articles.jsonl"

NOISE = 1.0
"""Length of a copy's own direction against the sample's: a cosine of 0.7 to it, as reports of
like events have. Nearer ones would be folded, and the bench would time nothing else."""

REPEATS = 5
"""The fastest of so many counts: a machine is busy at times."""

T = TypeVar("T")


def copies(articles: list[Article], n_copies: int) -> Iterator[Article]:
    """Yield the articles again and again, each time numbered and a day later."""
    for number in range(1, n_copies):
        for article in articles:
            yield replace(
                article,
                id=f"{article.id}-{number}",
                title=f"{article.title} ({number})",
                url="",
                published=article.published and article.published + timedelta(days=number),
            )


def enlarge(base: Base, n_copies: int) -> None:
    """Add copies of all articles of a base, with vectors near theirs."""
    articles = list(base.iter_articles())
    fingerprint = base.reader.generation.manifest.fingerprint
    kept = base.reader.corpus.embeddings.blocks(fingerprint)
    vectors = np.concatenate([vectors for _, vectors in kept])
    base.ingest(copies(articles, n_copies))
    randoms = np.random.default_rng(0)
    for number in range(1, n_copies):
        own = randoms.standard_normal(vectors.shape) / np.sqrt(vectors.shape[1])
        ids = [f"{article.id}-{number}" for article in articles]
        base.add_vectors(ids, vectors + NOISE * own, fingerprint=fingerprint)
    base.rebuild()


class Times(NamedTuple):
    """Seconds of the fastest of some tries, of the wall and of all processors together."""

    wall: float
    processors: float


def fastest(call: Callable[[], T]) -> tuple[T, Times]:
    """Return what a call returns, and how long it takes."""
    tries = []
    for _ in range(REPEATS):
        wall, processors = time.perf_counter(), time.process_time()
        found = call()
        tries.append((time.perf_counter() - wall, time.process_time() - processors))
    return found, Times(*map(min, zip(*tries, strict=True)))


def show(what: str, apart: Times, together: Times) -> None:
    """Print a line with both ways and their ratios."""
    print(
        f"  {what:20}"
        f"{apart.wall:7.2f} {together.wall:7.2f} {apart.wall / together.wall:7.1f}"
        f"{apart.processors:10.2f} {together.processors:7.2f}"
        f" {apart.processors / together.processors:7.1f}"
    )


def compare(base: Base, questions: list[str]) -> None:
    """Print how long both ways take."""
    base.similar(questions[0])
    started = time.perf_counter()
    base.similar_to_each(questions)
    first = time.perf_counter() - started
    one, apart = fastest(lambda: [base.similar(text) for text in questions])
    many, together = fastest(lambda: base.similar_to_each(questions))
    queries = [base.query(text) for text in questions]
    alone, judged_apart = fastest(lambda: [base.similar(query) for query in queries])
    among, judged_together = fastest(lambda: base.similar_to_each(queries))
    if alone != among:
        raise SystemExit("queries that are embedded alike have other hits together than alone")
    print(f"{base.status().n_articles} articles, {len(questions)} questions; seconds of")
    print("                       wall: apart, at once, ratio; processors: the same")
    show("all", apart, together)
    show("search and judging", judged_apart, judged_together)
    print(f"  the first batch takes {max(0.0, first - together.wall):.2f} s more")
    print(f"  same first hit: {same_first(one, many)} of {len(questions)}")


def same_first(one: list[list[Hit]], many: list[list[Hit]]) -> int:
    """Return how many questions have one and the same best hit both ways."""
    firsts = [[hits[0].article.id if hits else "" for hits in each] for each in (one, many)]
    return sum(first == other for first, other in zip(*firsts, strict=True))


def main(n_questions: int = 50, n_copies: int = 60) -> None:
    """Compare on both bases."""
    with tempfile.TemporaryDirectory() as folder, engine.open(folder) as base:
        base.ingest(SAMPLE)
        base.rebuild()
        titles = [article.title for article in base.iter_articles()]
        questions = titles[:: max(1, len(titles) // n_questions)][:n_questions]
        compare(base, questions)
        enlarge(base, n_copies)
        compare(base, questions)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
