"""Where the texts of stories come from, found by the workers of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import starmap

import numpy as np

from engine.domain import Article, Origin, OriginKind, Rows, Story
from engine.jobs.lookup.history import in_time
from engine.origins.texts import Texts
from engine.origins.tracing import Printed, TracingPart, tracer
from engine.protocols import Executor
from engine.stories.portions import portions


def traced(
    stories: Sequence[Story],
    articles: Mapping[str, Article],
    executor: Executor,
    texts_of: Callable[[Sequence[Article]], Texts],
) -> list[Story]:
    """Return `stories`, in that order, with where the text of each of their articles comes from.

    Parameters
    ----------
    articles
        By id, those of the stories among them; one that is gone has an origin that says nothing.
    executor
        Compares the texts.
    texts_of
        Returns what is compared of articles.
    """
    if not stories:
        return []
    found = list(stories)
    told = [
        in_time(articles[id_] for id_ in story.article_ids if id_ in articles) for story in stories
    ]
    texts = texts_of([article for own in told for article in own])
    origin_of = cache(Origin)  # most articles of an outlet have equal ones
    for part, values in executor.map(tracer, _parts(told, texts)):
        for place, own in zip(part.places, values, strict=True):
            ids = [article.id for article in told[place]]
            origins = dict(zip(ids, starmap(origin_of, own), strict=True))
            found[place] = _with_origins(stories[place], origins)
    return found


def _parts(told: Sequence[Sequence[Article]], texts: Texts) -> Iterator[TracingPart]:
    sizes = [len(own) for own in told]
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    for places in portions(sizes):
        rows = [np.arange(ends[place] - sizes[place], ends[place]) for place in places]
        stories = [list(map(Printed.of, told[place])) for place in places]
        yield TracingPart(places, stories, texts.take(Rows(np.concatenate(rows))))


def _with_origins(story: Story, found: Mapping[str, Origin]) -> Story:
    unknown = Origin(OriginKind.ORIGINAL)
    return replace(story, origins=tuple(found.get(id_, unknown) for id_ in story.article_ids))
