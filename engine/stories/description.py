"""What a person is shown of a story."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from engine.domain import Clustering, Rows, Story
from engine.errors import InputError
from engine.protocols import Executor
from engine.same_event.names import noun_languages
from engine.same_event.window import Window
from engine.stories.background import Background
from engine.stories.leads import Leads
from engine.stories.naming import Naming, Unnamed, naming_parts
from engine.words.headlines import headline


def describe(
    window: Window,
    clustering: Clustering,
    ids: Sequence[str],
    story_ids: Sequence[str],
    executor: Executor,
    leads: Leads | None = None,
    made: Callable[[Sequence[Story]], object] | None = None,
) -> list[Story]:
    """Return the stories of a clustering, largest first.

    Parameters
    ----------
    window, clustering, ids
        The articles, the story of each and its id, row by row.
    story_ids
        The id of the story of each label from 0 on.
    executor
        Finds their names and keywords.
    leads
        What the start of each article says; None reads them.
    made
        Called once, beside the search for names and keywords, with all stories without these, in
        any order.

    Raises
    ------
    InputError
        When the three differ in length.
    """
    if not len(window) == len(clustering.labels) == len(ids):
        raise InputError(
            f"{len(window)} articles, {len(clustering.labels)} labels and {len(ids)} ids; "
            "pass one of each per article"
        )
    order = np.argsort(clustering.labels, kind="stable")
    order = order[clustering.labels[order] >= 0]
    if not len(order):
        if made is not None:
            made([])
        return []
    starts = np.flatnonzero(np.diff(clustering.labels[order]))
    members = [Rows(rows) for rows in np.split(order, starts + 1)]
    bare = _Bare(window, clustering, ids, story_ids, members)
    read = Leads.by(executor, window) if leads is None else leads
    background = Background(read.said, window.languages)
    naming = Naming(background, noun_languages(window), read.words.words)
    parts = naming_parts(window, read, list(map(len, members)), bare.unnamed)
    with ThreadPoolExecutor(1) as beside:  # what is made of all need not wait for the last part
        every = None if made is None else beside.submit(lambda: made(bare.stories()))
        stories = [
            replace(bare.story(place), names=names, keywords=keywords)
            for part, told in executor.map(naming, parts)
            for place, (names, keywords) in zip(part.places, told, strict=True)
        ]
    if every is not None:
        every.result()
    return sorted(stories, key=largest_first)


def largest_first(story: Story) -> tuple[int, str]:
    """Return what stories are sorted by."""
    return -len(story.article_ids), story.id


class _Bare:
    """Stories without names and keywords, each made once, by whichever thread asks first."""

    def __init__(
        self,
        window: Window,
        clustering: Clustering,
        ids: Sequence[str],
        story_ids: Sequence[str],
        members: Sequence[Rows],
    ) -> None:
        self._window = window
        self._clustering = clustering
        self._ids = ids
        self._story_ids = story_ids
        self._members = members
        self._dates = np.nan_to_num(window.published, nan=np.inf)
        self._making = threading.Lock()
        self._made: dict[int, tuple[Story, Unnamed]] = {}

    def story(self, place: int) -> Story:
        """Return the story of the members at a place."""
        return self._at(place)[0]

    def unnamed(self, place: int) -> Unnamed:
        """Return what is asked for names and keywords of it."""
        return self._at(place)[1]

    def stories(self) -> list[Story]:
        """Return all stories."""
        return [self.story(place) for place in range(len(self._members))]

    def _at(self, place: int) -> tuple[Story, Unnamed]:
        with self._making:
            if place not in self._made:
                self._made[place] = self._make(self._members[place])
            return self._made[place]

    def _make(self, rows: Rows) -> tuple[Story, Unnamed]:
        window, ids, dates = self._window, self._ids, self._dates
        medoid = _medoid(window, rows, ids)
        rest = sorted((int(row) for row in rows if row != medoid), key=lambda r: (dates[r], ids[r]))
        story = _story(window, self._clustering, ids, [medoid, *rest])
        story = replace(story, id=self._story_ids[int(self._clustering.labels[medoid])])
        return story, Unnamed(story.headline, rows, medoid, window.lead(medoid))


def _medoid(window: Window, rows: Rows, ids: Sequence[str]) -> int:
    """Return the row of `rows` nearest to all of them; the smaller id breaks ties."""
    vectors = window.vectors[rows]
    closeness = np.round(vectors @ vectors.sum(axis=0), 5)
    return int(min(rows[closeness == closeness.max()], key=lambda row: ids[row]))


def _story(
    window: Window, clustering: Clustering, ids: Sequence[str], ordered: Sequence[int]
) -> Story:
    """Return the story of the rows `ordered`, that which stands for it first.

    It has no id, names and keywords yet.
    """
    medoid, *rest = ordered
    published = window.published[ordered]
    dated = published[~np.isnan(published)]
    others = window.vectors[rest] @ window.vectors[medoid]
    return Story(
        id="",
        article_ids=tuple(ids[row] for row in ordered),
        headline=headline(window.titles[medoid], window.bodies[medoid], window.languages[medoid]),
        languages=_by_frequency([window.languages[row] for row in ordered]),
        sources=_by_frequency([window.sources[row] for row in ordered]),
        started=_moment(dated.min()) if len(dated) else None,
        ended=_moment(dated.max()) if len(dated) else None,
        cohesion=float(others.mean()),
        keywords=(),
        strengths=tuple(float(clustering.strengths[row]) for row in ordered),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)


def _by_frequency(values: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))
