"""Where the texts of stories come from, found by the workers of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain import Article, Origin, OriginKind, Rows, Story
from engine.jobs.lookup.history import in_time
from engine.origins.texts import Texts
from engine.origins.tracing import Printed, trace
from engine.protocols import Executor
from engine.stories.portions import portions


@dataclass(frozen=True, slots=True)
class TracingPart:
    """Some stories whose texts are compared.

    Attributes
    ----------
    places
        Of the stories among all.
    stories
        The articles of each, from the earliest to the latest.
    texts
        What is compared of them, story by story.
    """

    places: Sequence[int]
    stories: Sequence[Sequence[Printed]]
    texts: Texts

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"origins of {len(self.stories)} stories"


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
    for part, origins in executor.map(_tracer, _parts(told, texts)):
        for place, own in zip(part.places, origins, strict=True):
            found[place] = _with_origins(stories[place], own)
    return found


def _parts(told: Sequence[Sequence[Article]], texts: Texts) -> Iterator[TracingPart]:
    sizes = [len(own) for own in told]
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    for places in portions(sizes):
        rows = [np.arange(ends[place] - sizes[place], ends[place]) for place in places]
        stories = [list(map(Printed.of, told[place])) for place in places]
        yield TracingPart(places, stories, texts.take(Rows(np.concatenate(rows))))


def _tracer() -> Callable[[TracingPart], list[dict[str, Origin]]]:
    """Return what finds the origins of the articles of a part, by their ids."""
    return _origins


def _origins(part: TracingPart) -> list[dict[str, Origin]]:
    return [
        {article.id: origin for article, origin in zip(told, origins, strict=True)}
        for told, origins in zip(part.stories, trace(part.stories, part.texts), strict=True)
    ]


def _with_origins(story: Story, found: Mapping[str, Origin]) -> Story:
    unknown = Origin(OriginKind.ORIGINAL)
    return replace(story, origins=tuple(found.get(id_, unknown) for id_ in story.article_ids))
