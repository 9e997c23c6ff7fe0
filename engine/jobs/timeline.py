"""When a story was told: its articles in order of time, and how many there are a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from engine.domain import Article, Story
from engine.generations.generation import UNDATED
from engine.jobs.session import Reader


def day_counts(reader: Reader, stories: Sequence[Story]) -> list[dict[str, int]]:
    """Return how many articles of each story came on each day that has any, oldest first.

    Parameters
    ----------
    reader
        Of the base.
    stories
        Of the generation that it holds.

    Returns
    -------
    list
        For each story the counts by UTC day in ISO 8601; undated articles are in none.
    """
    generation = reader.generation
    keys = reader.corpus.articles.keys_of([id_ for story in stories for id_ in story.article_ids])
    counted = []
    for story in stories:
        own = np.array([keys[id_] for id_ in story.article_ids if id_ in keys], np.int64)
        rows = generation.rows_of(own)
        seconds = np.asarray(generation.published)[rows[rows >= 0]]
        days = Counter(
            datetime.fromtimestamp(moment, tz=UTC).date().isoformat()
            for moment in seconds[seconds != UNDATED].tolist()
        )
        counted.append(dict(sorted(days.items())))
    return counted


def in_time(articles: Iterable[Article]) -> list[Article]:
    """Return `articles` from the earliest to the latest, undated ones last."""
    late = datetime.max.replace(tzinfo=UTC)
    return sorted(articles, key=lambda article: (article.published or late, article.id))
