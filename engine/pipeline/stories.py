"""A published generation into stories."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from engine.clustering import Window, describe
from engine.clustering import cluster as group
from engine.domain import Article, Rows, Story
from engine.indexing import (
    UNDATED,
    Generation,
    Layout,
    build_index,
    open_live,
    publish_stories,
    writing,
)
from engine.protocols import Progress, silent
from engine.store import Corpus


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What a clustering did.

    Attributes
    ----------
    generation
        Name of the published generation.
    n_articles
        Articles of the window.
    n_stories, n_in_stories
        Stories in the window, and the articles in them.
    n_kept
        Stories outside the window, which stay as they were.
    seconds
        Wall time.
    """

    generation: str
    n_articles: int
    n_stories: int
    n_in_stories: int
    n_kept: int
    seconds: float


def cluster(
    layout: Layout, *, window: timedelta | None = None, progress: Progress = silent
) -> ClusterReport:
    """Cluster the articles of a window into stories and publish them.

    Parameters
    ----------
    layout
        The base.
    window
        Only articles published within this span before the latest one, the undated ones,
        and the members of stories that touch these; None takes all articles.

    Raises
    ------
    NotFoundError
        No generation is published.
    LockedError
        Another run is writing.
    """
    started = time.perf_counter()
    with writing(layout, command="cluster"), Corpus(layout.corpus) as corpus:
        generation = open_live(layout)
        old = generation.stories()
        rows = _rows_in_window(corpus, generation, old, window)
        articles = corpus.articles.by_keys(generation.keys[rows].tolist())
        # An article that left the store since the rebuild is in no story.
        rows = rows[[int(key) in articles for key in generation.keys[rows]]]
        chosen = [articles[int(key)] for key in generation.keys[rows]]
        view = article_window(chosen, np.ascontiguousarray(generation.vectors(rows)))
        clustering = group(view, build_index(view.vectors), progress=progress)
        ids = [article.id for article in chosen]
        stories = describe(view, clustering, ids)
        kept = _outside(old, set(ids))
        published = publish_stories(generation, stories + kept)
    return ClusterReport(
        generation=published.name,
        n_articles=len(rows),
        n_stories=len(stories),
        n_in_stories=sum(len(story.article_ids) for story in stories),
        n_kept=len(kept),
        seconds=time.perf_counter() - started,
    )


def article_window(articles: Sequence[Article], vectors: np.typing.NDArray[np.float32]) -> Window:
    """Return `articles` as the parallel arrays that clustering works on."""
    return Window(
        titles=[article.title for article in articles],
        bodies=[article.body for article in articles],
        languages=[article.language for article in articles],
        sources=[article.source for article in articles],
        published=np.array(
            [
                np.nan if article.published is None else article.published.timestamp()
                for article in articles
            ],
            np.float64,
        ),
        vectors=vectors,
    )


def _rows_in_window(
    corpus: Corpus, generation: Generation, old: Sequence[Story], window: timedelta | None
) -> Rows:
    published = generation.published
    dated = published != UNDATED
    # One article dated in the future would leave all others outside the window.
    past = dated & (published <= int(time.time()))
    if window is None or not past.any():
        return np.arange(len(generation), dtype=np.int64)
    since = int(published[past].max()) - int(window.total_seconds())
    inside = ~dated | (published >= since)
    # A story must not be torn at the edge of the window.
    members = [
        generation.rows_of(_keys(corpus, story))
        for story in old
        if story.ended is None or story.ended.timestamp() >= since
    ]
    for rows in members:
        inside[rows[rows >= 0]] = True
    return np.flatnonzero(inside).astype(np.int64)


def _keys(corpus: Corpus, story: Story) -> Rows:
    return np.array(list(corpus.articles.keys_of(story.article_ids).values()), np.int64)


def _outside(old: Sequence[Story], ids: set[str]) -> list[Story]:
    return [story for story in old if ids.isdisjoint(story.article_ids)]
