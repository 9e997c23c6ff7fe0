"""The long matters that events are stages of: linked to stories, never mixed with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from engine.domain import Embeddings, Labels, Story, Value
from engine.index.faiss_build import build_index
from engine.jobs.session import Reader
from engine.stories.matters import link_matters

MOST_EVENTS = 10
"""Other stories of a matter that are shown."""

REACH = timedelta(days=365)
"""Time before and after a story in which others are shown as stages of its matter."""


@dataclass(frozen=True, slots=True)
class OtherEvents(Value):
    """The other stories of the matter that a story is a stage of, oldest first.

    Attributes
    ----------
    shown
        The nearest in time.
    more
        The others, which are too many or too far away to be shown.
    """

    shown: tuple[Story, ...]
    more: tuple[Story, ...]


def other_events(reader: Reader, story: Story) -> OtherEvents:
    """Return the other stories of the matter that `story` is a stage of.

    Parameters
    ----------
    reader
        Of the base.
    story
        One of the stories of the generation that it holds.
    """
    stories, matters = reader.once(_matters)
    mine = matters[[other.id for other in stories].index(story.id)]
    found = [
        other
        for other, matter in zip(stories, matters.tolist(), strict=True)
        if matter == mine and other.id != story.id
    ]
    return nearest_in_time(story, found)


def matter_of_story(reader: Reader) -> dict[str, int]:
    """Return the number of the matter of each story by its id; ask `Reader.once` for it."""
    stories, matters = reader.once(_matters)
    return dict(zip((story.id for story in stories), matters.tolist(), strict=True))


def _matters(reader: Reader) -> tuple[list[Story], Labels]:
    """Return the stories of a generation and the matter of each."""
    stories = list(reader.stories.values())
    vectors = _event_vectors(reader, stories)
    return stories, link_matters(vectors, build_index(vectors))


def nearest_in_time(story: Story, others: Sequence[Story]) -> OtherEvents:
    """Return which of `others` to show: at most `MOST_EVENTS`, those within `REACH`.

    Where a date is missing nothing is known to be far; such stories come after all others.
    """
    gaps = {other.id: _gap(story, other) for other in others}
    nearest_first = sorted(others, key=lambda other: (gaps[other.id], other.id))
    shown = {other.id for other in nearest_first[:MOST_EVENTS] if gaps[other.id] <= REACH}
    oldest_first = sorted(others, key=lambda other: (str(other.started or "undated"), other.id))
    return OtherEvents(
        tuple(other for other in oldest_first if other.id in shown),
        tuple(other for other in oldest_first if other.id not in shown),
    )


def _gap(one: Story, other: Story) -> timedelta:
    """Return the time between two stories; `REACH` where it is not known."""
    if one.started is None or one.ended is None or other.started is None or other.ended is None:
        return REACH
    return max(timedelta(0), one.started - other.ended, other.started - one.ended)


def _event_vectors(reader: Reader, stories: Sequence[Story]) -> Embeddings:
    """Return the mean vector of each story, as unit rows; float32, (n_stories, dim)."""
    generation = reader.generation
    means = np.zeros((len(stories), generation.manifest.dim), np.float32)
    for place, rows in enumerate(reader.rows_of_stories(stories)):
        means[place] = generation.vectors(rows).sum(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    # A story whose articles all left the index is near to nothing.
    means[lengths[:, 0] == 0, 0] = 1
    lengths[lengths == 0] = 1
    means /= lengths
    return means
