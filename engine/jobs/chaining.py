"""Has the clustering chained? What pairs from all over the largest stories say of it.

In a chain each article is like the next and the ends are about different things. Two halves of
a chained window chain alike, so they agree; but most pairs inside such a story speak against it.
"""

from __future__ import annotations

import numpy as np

from engine.jobs.reconcile import Grouped
from engine.same_event.features import Floats
from engine.same_event.pairs import Pairs
from engine.stories.joins import mean_within

N_LARGEST = 10
"""Stories that are looked into: what chains grows, so it is among the largest."""


def chained_share(grouped: Grouped) -> tuple[float, int]:
    """Return how much of the largest stories are chains.

    A story is a chain when its pairs, weighed with the window's own mixture, speak against it
    on average by more than the clusterer lets pass.

    Returns
    -------
    share, n_judged
        Articles in chains as a share, in [0, 1], of those in the `N_LARGEST` stories (0 where
        there are none), and how many articles these are, copies left out.
    """
    labels, judged = grouped.clustering.labels, grouped.judged
    # A copy is in no pair; the text that stands for it is.
    inside = np.flatnonzero((labels >= 0) & (judged.stands_for == np.arange(len(labels))))
    sizes = np.bincount(labels[inside])
    largest = np.argsort(-sizes, kind="stable")[:N_LARGEST]
    largest = largest[sizes[largest] > 1]
    if not len(largest):
        return 0.0, 0

    def measure(pairs: Pairs) -> Floats:
        return judged.measure(inside[pairs])

    means = mean_within(labels[inside], largest, measure)
    chains = means < -judged.model.lenience - grouped.granularity
    n_judged = int(sizes[largest].sum())
    return float(sizes[largest[chains]].sum() / n_judged), n_judged
