"""Long matters: the running stories that events are stages of.

An election, a war or a trial makes a new event every day. Events stay apart, as their dates
and details tell them apart; a matter only links those that are about the same thing,
whenever they happened.

Matters are an average link clustering of events: two groups merge while the mean cosine over
all pairs between them is enough, so it is enough over all pairs within a matter too: an event must
be near to the core of a matter and not to its last stage alone, and one that is near to two matters
does not chain them. That mean is the product of the groups'
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
and 0.73. What it gives on sets that it was not chosen on is in
``docs/decisions/0024-matters.md``."""

NEIGHBOURS = 16
"""Nearest events that can bring the groups of two events together."""


def link_matters(vectors: Embeddings, index: Index, known: Labels) -> Labels:
    """Return the matter of each event.

    Parameters
    ----------
    vectors
        Float32, shape (n_events, dim): mean vector of each event, as unit rows.
    index
        Searches `vectors`.
    known
        Int64, shape (n_events,): groups numbered from 0 that stay together, whatever their cosine.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n_events,): matters numbered from 0; an event without others is one.
    """
    n_events = len(vectors)
    if n_events < 2:
        return known
    found = index.search(vectors, min(NEIGHBOURS + 1, n_events)).rows
    own = np.repeat(np.arange(n_events), found.shape[1])
    near = unique_pairs(own, found.ravel(), n_articles=n_events)
    labels, pairs = known, unique_pairs(*known[near].T, n_articles=n_events)
    while True:
        means = _means(vectors, labels)
        cosines = pair_cosines(means, pairs)
        enough = cosines >= LEAST_COSINE
        if not enough.any():
            return labels
        # What is near to neither of two groups is not near to both together.
        target = mutually_best(pairs[enough], cosines[enough], len(means))
        labels, pairs = target[labels], target[pairs[enough]]
        pairs = unique_pairs(*pairs.T, n_articles=len(means))


def _means(vectors: Embeddings, labels: Labels) -> Embeddings:
    """Return the mean of the vectors of each group; not of unit length."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sums: Embeddings = np.add.reduceat(vectors[order], starts, axis=0)
    sums /= np.bincount(labels)[:, None].astype(np.float32)
    return sums
