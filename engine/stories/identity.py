"""Which cluster of tonight goes on as which story, so that a story keeps its id.

The ids are handed out by the assignment of clusters to stories that keeps the most
articles in their story (a maximum-weight bipartite matching, Kuhn 1955), one connected
component at a time. All that happened follows from the assignment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings
from engine.recorded import Event
from engine.same_event.copies import NEAR_DUPLICATE_COSINE
from engine.stories.changes import (
    LEAST_ARTICLES,
    WEIGHT_STEPS,
    KnownStory,
    changes_of,
    merged_stories,
)

HEIR_SHARE = 0.5
"""A cluster can take over a story's id when it holds at least this share of what the
best cluster holds of that story. Otherwise a story whose articles went to another one
would live on in a single stray article."""

COPIES_AT_ONCE = 2048
"""Rows compared with their whole cluster in one step."""

_Table = npt.NDArray[np.float64]

_Edge = tuple[int, int]
"""A cluster, and a story of which it has articles."""


@dataclass(frozen=True, slots=True)
class Identities:
    """The outcome of `match_stories`.

    Attributes
    ----------
    story_of
        The story of each cluster, in the order given; None for a lone article that
        belongs to none.
    merged
        Survivor of each story that gave up its id.
    events
        What happened, by story id.
    """

    story_of: tuple[str | None, ...]
    merged: Mapping[str, str]
    events: tuple[Event, ...]


def article_weights(vectors: Embeddings, labels: npt.NDArray[np.int64]) -> _Table:
    """Return one over the number of copies of each article within its cluster.

    Thirty outlets that print one agency text weigh as much as one that writes its own.

    Parameters
    ----------
    vectors
        Float32, (n, dim), centred unit rows.
    labels
        Int64, (n,): cluster of each; negative ones are alone.

    Returns
    -------
    numpy.ndarray
        Float64, (n,), in (0, 1].
    """
    weights = np.ones(len(labels))
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    for rows in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        own = vectors[rows]
        for start in range(0, len(rows), COPIES_AT_ONCE):
            some = slice(start, start + COPIES_AT_ONCE)
            alike = own[some] @ own.T >= NEAR_DUPLICATE_COSINE
            # At least itself, whatever the rounding of its own cosine.
            weights[rows[some]] = 1.0 / np.maximum(alike.sum(axis=1), 1)
    return weights


def contested(
    labels: npt.NDArray[np.int64], owners: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which articles may weigh on a choice between stories or clusters.

    Where all of a story is in one cluster, and that has nothing of another story, there is none.

    Parameters
    ----------
    labels, owners
        Int64, (n,): cluster and known story of each, negative for none.
    """
    edges = np.unique(np.stack([labels, owners])[:, (labels >= 0) & (owners >= 0)], axis=1)
    n_stories, n_clusters = (np.bincount(side) for side in edges)
    several = (n_stories[edges[0]] > 1) | (n_clusters[edges[1]] > 1)
    return np.isin(labels, edges[0, several])


def match_stories(
    known: Sequence[KnownStory],
    clusters: Sequence[Sequence[int]],
    weights: Mapping[int, float],
    *,
    fresh: Callable[[Sequence[int]], str],
) -> Identities:
    """Give each cluster the story it continues, or a new id, and say what happened.

    The result depends on no order of the inputs.

    Parameters
    ----------
    known
        The stories with an article in `clusters`.
    clusters
        Keys of the articles of each cluster, single ones too; no article is in two.
    weights
        What an article counts for; 1 where not given.
    fresh
        Returns a new id for a cluster of so many movable articles, ascending.
    """
    stories = sorted(known, key=lambda story: (story.born, story.id))
    order = sorted(range(len(clusters)), key=lambda number: min(clusters[number], default=-1))
    shared = _shared(stories, [clusters[number] for number in order], weights)
    heirs = _assign(shared, len(stories))
    story_of: list[str | None] = [None] * len(clusters)
    fixed = frozenset[int]().union(*(story.fixed for story in stories))
    for place, number in enumerate(order):
        movable = sorted(key for key in clusters[number] if key not in fixed)
        if place in heirs:
            story_of[number] = stories[heirs[place]].id
        elif len(movable) >= LEAST_ARTICLES:
            story_of[number] = fresh(movable)
    merged = merged_stories(stories, clusters, story_of, weights)
    events = changes_of(stories, clusters, story_of, merged)
    return Identities(tuple(story_of), merged, events)


def _shared(
    stories: Sequence[KnownStory],
    clusters: Sequence[Sequence[int]],
    weights: Mapping[int, float],
) -> dict[_Edge, float]:
    """Return the weight that cluster and story share, by (cluster, story)."""
    owner = {
        key: place for place, story in enumerate(stories) for key in story.movable | story.fixed
    }
    shared: defaultdict[_Edge, float] = defaultdict(float)
    for number, keys in enumerate(clusters):
        for key in sorted(keys):
            if key in owner:
                shared[number, owner[key]] += weights.get(key, 1.0)
    return shared


def _assign(shared: Mapping[_Edge, float], n_stories: int) -> dict[int, int]:
    """Return the story of each cluster that continues one."""
    best = np.zeros(n_stories)
    for (_, story), weight in shared.items():
        best[story] = max(best[story], weight)
    least = (HEIR_SHARE * best).tolist()
    edges = [edge for edge, weight in sorted(shared.items()) if weight >= least[edge[1]]]
    heirs: dict[int, int] = {}
    for group in _components(edges):
        heirs.update(_assign_component(group, shared))
    return heirs


def _components(edges: Sequence[_Edge]) -> list[list[_Edge]]:
    """Return the edges of each connected component, in their order.

    To import what SciPy has for graphs takes longer than all edges of a night.
    """
    leader: dict[int, int] = {}  # that of a story is under its complement

    def root(node: int) -> int:
        while (above := leader.setdefault(node, node)) != node:
            leader[node] = leader[above]
            node = above
        return node

    for cluster, story in edges:
        leader[root(cluster)] = root(~story)
    found: defaultdict[int, list[_Edge]] = defaultdict(list)
    for edge in edges:
        found[root(edge[0])].append(edge)
    return list(found.values())


def _assign_component(edges: Sequence[_Edge], shared: Mapping[_Edge, float]) -> dict[int, int]:
    """Return the best assignment within one connected component."""
    if len(edges) == 1:
        return dict(edges)
    clusters, rows = np.unique([cluster for cluster, _ in edges], return_inverse=True)
    stories, columns = np.unique([story for _, story in edges], return_inverse=True)
    table: _Table = np.zeros((len(clusters), len(stories)))
    steps = [round(shared[edge] * WEIGHT_STEPS) for edge in edges]
    # Both are in order of age; less than one step for all ties together.
    seniority = (len(stories) - columns) * (len(clusters) + 1) + len(clusters) - rows
    most = (len(stories) + 1) * (len(clusters) + 1) * min(len(stories), len(clusters))
    table[rows, columns] = np.array(steps) + seniority / most
    return {
        int(clusters[row]): int(stories[column])
        for row, column in zip(*_heaviest(table), strict=True)
        if table[row, column] > 0
    }


def _heaviest(table: _Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows and columns, no two alike, whose sum in `table` is largest."""
    if min(table.shape) == 1:  # nearly always, and what SciPy has takes .4 s to import
        row, column = np.unravel_index(table.argmax(), table.shape)
        return np.array([row]), np.array([column])
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    return rows, columns
