"""Made-up windows, and exact search by numpy alone."""

import numpy as np

from engine.domain import Rows
from engine.index.exact import rescored
from engine.same_event.capitals import Capitals
from engine.same_event.window import Window

DAY = 86400.0


class ExactIndex:
    kind = "exact"

    def __init__(self, vectors):
        self.vectors = vectors

    def __len__(self):
        return len(self.vectors)

    def search(self, queries, k, *, within=None):
        cosines = queries @ self.vectors.T
        if within is not None:
            outside = np.setdiff1d(np.arange(len(self)), within)
            cosines[:, outside] = -np.inf
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        found = np.isfinite(np.take_along_axis(cosines, rows, axis=1))
        return rescored(self.vectors, queries, Rows(np.where(found, rows, -1)))


def window_of(vectors, published=None, titles=None):
    n_articles = len(vectors)
    vectors = np.asarray(vectors, dtype=np.float32)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return Window(
        titles=titles or [f"title {i}" for i in range(n_articles)],
        bodies=[""] * n_articles,
        languages=["en"] * n_articles,
        sources=["a"] * n_articles,
        published=np.full(n_articles, np.nan) if published is None else np.asarray(published),
        vectors=vectors,
    )


def blobs(seed, n_events=6, n_each=5, dim=24, noise=0.25):
    random = np.random.default_rng(seed)
    middles = random.normal(size=(n_events, dim))
    gold = np.repeat(np.arange(n_events), n_each)
    return middles[gold] + noise * random.normal(size=(len(gold), dim)), gold


def capitals_of(leads):
    """Return what each article writes with capitals, as reading it alone says it."""
    return [
        Capitals({tuple(run.split(" ")) for run in runs}, *map(set, others))
        for runs, *others in (
            [[bag.words[place] for place in bag.of(row)] for bag in leads.bags()]
            for row in range(len(leads))
        )
    ]
