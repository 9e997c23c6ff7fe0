"""From the clusters back to the fit: what was put together tells what a pair of one event is like.

The mixture is fitted to pairs one by one, and takes too few for related where events are loose.
The clusters know more of a pair than it shows itself, namely its neighbours, so the mixture is
fitted again to what they say (classification EM, Celeux and Govaert 1992, "A classification EM
algorithm for clustering and two stochastic versions"). Where most articles stand alone that
would take chance neighbours for events; so the clusters are believed as far as the window is
covered by events at all.
"""

from __future__ import annotations

import numpy as np

from engine.same_event.evidence import Evidence, weigh
from engine.same_event.features import Features, Floats
from engine.same_event.mixture import probability, refit_mixture
from engine.same_event.pair_model import PairModel
from engine.same_event.pairs import Pairs
from engine.same_event.timing import TimeEvidence
from engine.stories.moves import move_articles

ROUNDS = 2
"""Times that the mixture is fitted again. Once loses a point on growing parts of uci_titles_2014;
three times change no mean by more than 0.1 points."""


def refit_to_clusters(
    n_articles: int, pairs: Pairs, features: Features, evidence: Evidence, model: PairModel,
    timing: TimeEvidence,
) -> Evidence:  # fmt: skip
    """Return the evidence of `pairs` once mixture and clusters agree.

    Parameters
    ----------
    n_articles
        Articles of the window.
    pairs, features, evidence
        The candidate pairs, and how they were weighed by a mixture of pairs alone.
    model, timing
        What is known of pairs and of the window's dates.
    """
    trust = covered(n_articles, pairs, evidence.total)
    labels = None
    for _ in range(ROUNDS):
        labels = move_articles(n_articles, pairs, evidence.total, model, start=labels)
        together = labels[pairs[:, 0]] == labels[pairs[:, 1]]
        belief = trust * together + (1 - trust) * probability(evidence.total)
        mixture = refit_mixture(features, belief, evidence.mixture, timing, model)
        evidence = weigh(features, timing, model, mixture=mixture)
    return evidence


def covered(n_articles: int, pairs: Pairs, log_odds: Floats) -> float:
    """Return the share of articles that have a likely pair: those that seem not to be alone.

    It follows the share that truly is not, without labels: 0.23 for 0.23 and 0.28 for 0.21 on
    days of mostly lone articles, 0.8 to 1 where every article has another.
    """
    return len(np.unique(pairs[log_odds > 0])) / max(1, n_articles)
