"""Which stories a run makes stages of which long matters, so that a matter keeps its id."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from engine.domain import Embeddings, Labels, Rows, Story
from engine.index.faiss_build import build_index
from engine.jobs.base.scope import Ground
from engine.jobs.lookup.outlines import StoryOutline
from engine.protocols import Closing
from engine.recorded import Event, EventKind
from engine.store import Corpus, StageMove
from engine.stories.matters import link_matters

ROWS_AT_ONCE = 1 << 14
"""Rows whose vectors are read in one step, of many stories: 25 MB at 384 dimensions."""

Vectors = Callable[[Rows], Embeddings]
"""Gives the vectors of rows of a generation."""


class Linking(Closing):
    """Links the stories of a run into matters, while workers name and trace these.

    Half of it is one search, and the other half leaves workers alone.

    Parameters
    ----------
    ground
        What the stories are made of.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._thread = ThreadPoolExecutor(1)
        self._begun: Future[tuple[StageMove, ...]] | None = None

    def begin(self, events: Sequence[Event], stories: Sequence[Story]) -> None:
        """Begin with the stories as they are after `events`; see `stage_moves`."""
        self._begun = self._thread.submit(stage_moves, self._ground, stories, events)

    def moves(self) -> tuple[StageMove, ...]:
        """Return what becomes a stage; nothing where nothing was begun. Raises as it did."""
        return () if self._begun is None else self._begun.result()

    def close(self) -> None:
        """Wait until nothing is done any more."""
        self._thread.shutdown()


def stage_moves(
    ground: Ground, stories: Sequence[Story], events: Sequence[Event]
) -> tuple[StageMove, ...]:
    """Return which stories a run makes stages of which matter.

    A story that is a stage of a matter stays so, whatever its vector becomes; what is merged
    into another story, or matter, goes along.

    Parameters
    ----------
    ground
        What the stories were made of.
    stories, events
        Those that there are now, and what the run did to stories.
    """
    if len(stories) < 2:
        return ()
    recorded = matter_of_each(ground.corpus, ground.run)
    lost = recorded.keys() - {story.id for story in stories}
    before = dict(recorded)
    for story in sorted(lost):  # a person may have merged it since
        survivor = ground.corpus.history.survivor(story, ground.run)
        before.setdefault(survivor, recorded[story])
    before = inherited(before, events)
    vectors = _vectors(ground, stories)
    known = _groups([story.id for story in stories], before)
    labels = link_matters(vectors, build_index(vectors), known)
    after = named_matters(
        stories, labels, before, fresh=lambda story: _new_id(ground.corpus, story)
    )
    return tuple(
        StageMove(story, recorded.get(story, ""), after[story])
        for story in sorted(after)
        if recorded.get(story, "") != after[story]
    )


def matter_of_each(corpus: Corpus, run: int) -> dict[str, str]:
    """Return the matter of each story that is a stage of one, after run `run`."""
    return corpus.history.matters(run)


def inherited(matters: Mapping[str, str], events: Iterable[Event]) -> dict[str, str]:
    """Return `matters`, where a story that others are merged into is a stage of theirs."""
    found = dict(matters)
    for event in events:
        if event.kind == EventKind.MERGED and event.story in found:
            found.setdefault(event.other, found[event.story])
    return found


def named_matters(
    stories: Sequence[Story],
    labels: Labels,
    before: Mapping[str, str],
    *,
    fresh: Callable[[str], str],
) -> dict[str, str]:
    """Return the matter of every story that is a stage of one.

    Matters that became one keep the id of that with most stages, or of those that of the
    earliest; a matter that begins is named after its earliest story.

    Parameters
    ----------
    stories, labels
        What is there now, and the group of each: int64, (n,).
    before
        Matters of stories, of such too that are not there any more.
    fresh
        Returns a new id for a matter that begins with a story.
    """
    n_stages = Counter(before.values())
    together = defaultdict[int, list[Story]](list)
    for story, label in zip(stories, labels.tolist(), strict=True):
        together[label].append(story)
    after = dict(before)
    became: dict[str, str] = {}
    for group in together.values():
        group.sort(key=begins)
        old = list(dict.fromkeys(before[story.id] for story in group if story.id in before))
        if old:
            survivor = max(old, key=lambda matter: (n_stages[matter], -old.index(matter)))
            became |= dict.fromkeys(old, survivor)
        elif len(group) > 1:
            survivor = fresh(group[0].id)
        else:
            continue
        after |= dict.fromkeys((story.id for story in group), survivor)
    return {story: became.get(matter, matter) for story, matter in after.items()}


def begins(story: Story | StoryOutline) -> tuple[datetime, str]:
    """Return the key by which stages are put in order; undated ones come last."""
    return story.started or datetime.max.replace(tzinfo=UTC), story.id


def event_vectors(
    vectors: Vectors, dim: int, rows: Sequence[Rows], *, at_once: int = ROWS_AT_ONCE
) -> Embeddings:
    """Return the mean vector of each story, as unit rows; float32, (n_stories, dim).

    Parameters
    ----------
    vectors, dim
        Of a generation.
    rows
        Those of each story.
    at_once
        Rows that are read in one step, unless one story has more.
    """
    means = np.zeros((len(rows), dim), np.float32)
    ends = np.cumsum([0, *(len(own) for own in rows)])
    first = 0
    while first < len(rows):
        begun = ends[first]
        last = max(first + 1, int(np.searchsorted(ends, begun + at_once, side="right")) - 1)
        found = vectors(Rows(np.concatenate(rows[first:last])))
        for place in range(first, last):
            means[place] = found[ends[place] - begun : ends[place + 1] - begun].sum(axis=0)
        first = last
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    # A story whose articles all left the index is near to nothing.
    means[lengths[:, 0] == 0, 0] = 1
    lengths[lengths == 0] = 1
    means /= lengths
    return means


def _vectors(ground: Ground, stories: Sequence[Story]) -> Embeddings:
    content = ground.content
    vectors = content.index.vectors
    rows = _rows(ground, stories)
    return event_vectors(lambda own: vectors[own], vectors.shape[1], rows)


def _rows(ground: Ground, stories: Sequence[Story]) -> list[Rows]:
    """Return the rows of the articles of each story that are in the generation."""
    content = ground.content
    ids = [id_ for story in stories for id_ in story.article_ids]
    keys = ground.keys_of(ids)
    places = np.minimum(np.searchsorted(content.keys, keys), len(content.keys) - 1)
    there = content.keys[places] == keys
    ends = np.cumsum([0, *(len(story.article_ids) for story in stories)])
    kept = np.cumsum(there, dtype=np.int64)
    places, ends = places[there], np.concatenate([[0], kept])[ends].tolist()
    return [Rows(places[start:end]) for start, end in pairwise(ends)]


def _groups(stories: Sequence[str], before: Mapping[str, str]) -> Labels:
    """Return the group of each story: those of one matter are together."""
    # The id of a story is never that of a matter.
    names = [before.get(story, story) for story in stories]
    found: Labels = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return found


def _new_id(corpus: Corpus, story: str) -> str:
    """Return an unused id for a matter of the next run that begins with `story`.

    As ids of stories are: the same run gives the same ids, and none is given out again.
    """
    attempt = 0
    while True:
        seed = f"{corpus.ledger.next_run()}\x1f{story}\x1f{attempt}".encode()
        name = f"m-{hashlib.blake2b(seed, digest_size=6).hexdigest()}"
        if not corpus.ledger.is_matter(name):
            return name
        attempt += 1
