"""What happened to each story when its articles were assigned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.recorded import Event, EventKind

SPLIT_SHARE = 0.5
"""A new story is a split of an old one when it has at least this share of its articles
from there."""

WEIGHT_STEPS = 1024
"""Weights are compared in steps of 1/1024 article, so that ties are exact."""

LEAST_ARTICLES = 2
"""Articles of a story that is shown."""


@dataclass(frozen=True, slots=True)
class KnownStory:
    """A story as it was before tonight; articles are named by the store's keys.

    Attributes
    ----------
    id
        Its name.
    born
        Run in which it began; the older story survives where all else is equal.
    movable
        Members that are clustered tonight and may change story.
    fixed
        Members that are clustered tonight but stay: those that are older than the
        window, and those that a person pinned.
    n_elsewhere
        Members that are not clustered tonight.
    open
        Whether it went on when tonight began; else it had ended.
    """

    id: str
    born: int
    movable: frozenset[int]
    fixed: frozenset[int] = frozenset()
    n_elsewhere: int = 0
    open: bool = True

    @property
    def n_articles(self) -> int:
        """Number of all members."""
        return len(self.movable) + len(self.fixed) + self.n_elsewhere


def merged_stories(
    stories: Sequence[KnownStory],
    clusters: Sequence[Sequence[int]],
    story_of: Sequence[str | None],
    weights: Mapping[int, float],
) -> dict[str, str]:
    """Return the survivor of each story most of which went over to another."""
    alive = set(story_of)
    place = {key: number for number, keys in enumerate(clusters) for key in keys}
    merged = {}
    for story in stories:
        n_staying = len(story.fixed) + story.n_elsewhere
        if story.id in alive or len(story.movable) <= n_staying:
            continue
        heirs: defaultdict[str, float] = defaultdict(float)
        for key in sorted(story.movable):
            target = story_of[place[key]]
            if target is not None:
                heirs[target] += weights.get(key, 1.0)
        if heirs:
            merged[story.id] = max(sorted(heirs), key=lambda id_: round(heirs[id_] * WEIGHT_STEPS))
    return merged


def changes_of(
    stories: Sequence[KnownStory],
    clusters: Sequence[Sequence[int]],
    story_of: Sequence[str | None],
    merged: Mapping[str, str],
) -> tuple[Event, ...]:
    """Return what happened to each story, known or new."""
    before = {key: story.id for story in stories for key in story.movable}
    fixed = frozenset[int]().union(*(story.fixed for story in stories))
    after: defaultdict[str, set[int]] = defaultdict(set)
    for keys, id_ in zip(clusters, story_of, strict=True):
        if id_ is not None:
            after[id_].update(key for key in keys if key not in fixed)
    brought: defaultdict[str, int] = defaultdict(int)
    for story in stories:
        if story.id in merged:
            brought[merged[story.id]] += len(story.fixed) + story.n_elsewhere
    found = []
    for story in stories:
        if story.id in merged:
            found.append(
                Event(EventKind.MERGED, story.id, merged[story.id], n_left=story.n_articles)
            )
        else:
            n_left = len(story.movable - after[story.id])
            n_joined = len(after[story.id] - story.movable) + brought[story.id]
            found.extend(_known_change(story, n_joined, n_left))
    ids = {story.id for story in stories}
    found.extend(
        _new_change(id_, after[id_], before, merged, brought[id_])
        for id_ in sorted(set(after) - ids)
    )
    return tuple(sorted(found, key=lambda change: (change.story, change.kind)))


def _known_change(story: KnownStory, n_joined: int, n_left: int) -> list[Event]:
    n_articles = story.n_articles + n_joined - n_left
    shown = n_articles >= LEAST_ARTICLES
    if story.open and not shown:
        kinds = [EventKind.ENDED]
    elif not story.open and shown and n_joined:
        kinds = [EventKind.REOPENED]
    elif shown:
        kinds = [EventKind.GREW] * bool(n_joined) + [EventKind.SHRANK] * bool(n_left)
    else:
        kinds = list[EventKind]()
    return [
        Event(kind, story.id, n_joined=n_joined, n_left=n_left, n_articles=n_articles)
        for kind in kinds
    ]


def _new_change(
    id_: str,
    articles: set[int],
    before: Mapping[int, str],
    merged: Mapping[str, str],
    n_brought: int,
) -> Event:
    origins: defaultdict[str, int] = defaultdict(int)
    for key in articles:
        if key in before:
            origins[before[key]] += 1
    n_articles = len(articles) + n_brought
    origin = max(sorted(origins), key=lambda name: origins[name], default="")
    if origin and origin not in merged and origins[origin] >= SPLIT_SHARE * len(articles):
        return Event(EventKind.SPLIT, id_, origin, n_joined=n_articles, n_articles=n_articles)
    return Event(EventKind.BORN, id_, n_joined=n_articles, n_articles=n_articles)
