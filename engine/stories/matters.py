"""Long matters: the running stories that events are stages of.

An election, a war or a trial makes a new event every day. Events stay apart, as their dates
and details tell them apart; a matter only links those that are about the same thing,
whenever they happened.

Matters are an average link clustering of events: two groups merge while the mean cosine over
all pairs between them is enough, so it is enough over all pairs within a matter too, and one
event that is near to two matters does not chain them. That mean is the product of the groups'
mean vectors, so it counts every pair however large they are. Groups that are each other's
best merge at once, in rounds over whole arrays, which for average link over all pairs gives
what merging one by one does (Murtagh 1983, "A survey of recent advances in hierarchical
clustering algorithms").
"""

from __future__ import annotations

import numpy as np

from engine.domain import Embeddings, Labels
from engine.protocols import Index
from engine.same_event.features import pair_cosines
from engine.same_event.pairs import mutually_best, unique_pairs

LEAST_COSINE = 0.35
"""Mean cosine between the events of one matter. B-cubed of the gold events of ecbplus_dev against
its topics, which are two look-alike events each: precision 0.99 and recall 0.83, with titles
alone 0.92 and 0.80; 0.30 gives 0.93 and 0.86, 0.79 and 0.83, and 0.45 gives 0.99 and 0.74, 0.96
and 0.73. Where a topic is a company over seven years (meantime) it is many matters: 1.00 and
0.19, with titles alone 0.99 and 0.18."""

NEIGHBOURS = 16
"""Nearest events that can bring the groups of two events together."""


def link_matters(vectors: Embeddings, index: Index) -> Labels:
    """Return the matter of each event.

    Parameters
    ----------
    vectors
        Float32, shape (n_events, dim): mean vector of each event, as unit rows.
    index
        Searches `vectors`.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n_events,): matters numbered from 0; an event without others is one.
    """
    n_events = len(vectors)
    labels: Labels = np.arange(n_events, dtype=np.int64)
    if n_events < 2:
        return labels
    found = index.search(vectors, min(NEIGHBOURS + 1, n_events)).rows
    pairs = unique_pairs(np.repeat(labels, found.shape[1]), found.ravel(), n_articles=n_events)
    means = vectors
    while True:
        cosines = pair_cosines(means, pairs)
        enough = cosines >= LEAST_COSINE
        if not enough.any():
            return labels
        # What is near to neither of two groups is not near to both together.
        target = mutually_best(pairs[enough], cosines[enough], len(means))
        labels, pairs = target[labels], target[pairs[enough]]
        pairs = unique_pairs(*pairs.T, n_articles=len(means))
        means = _means(vectors, labels)


def _means(vectors: Embeddings, labels: Labels) -> Embeddings:
    """Return the mean of the vectors of each group; not of unit length."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sums: Embeddings = np.add.reduceat(vectors[order], starts, axis=0)
    sums /= np.bincount(labels)[:, None].astype(np.float32)
    return sums
