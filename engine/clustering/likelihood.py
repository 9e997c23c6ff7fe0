"""How likely one article reports the same event as others, outside of any clustering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.clustering.evidence import Evidence, weigh
from engine.clustering.features import Features, Floats, pair_features
from engine.clustering.mixture import Mixture, usual_mixture
from engine.clustering.pair_model import PairModel, shipped_model
from engine.clustering.pairs import Pairs
from engine.clustering.timing import TimeEvidence
from engine.clustering.window import Window
from engine.clustering.window_terms import WindowTerms

JUDGED_HITS = 50
"""Nearest articles of a query at least among which those of its event come first, and as many
of its days. On the roundups, a year of look-alikes, the ten first then hold 99.6 % of an event,
and 90 % in the order of cosines; 30 and 25 are as good there."""

POSSIBLE = 0.05
"""Probability of the same event below which hits are in the order of their cosines, and after
all others: of what is certainly something else, the nearest in meaning is related, not what
was published the same day. Without, recall@10 is 0.2 to 0.6 points higher on the roundups."""

JUDGED_DAYS = 3.0
"""Days before and after a dated query that are searched apart; 1 and 7 are no better."""

SHORT_CHARACTERS = 200
"""Below so many characters a text is a question or a headline, not an article."""

SHORT_RELATED, SHORT_UNRELATED, SHORT_DEVIATION = 0.47, 0.29, 0.105
"""Centred cosines of a headline to articles of its event and to its other neighbours. Means
over meantime, ecbplus_dev and roundups_2021 lie within 0.02 of these: a short text is less
near to everything, so the same cosine says more."""


def hit_order(probabilities: Floats, cosines: Floats) -> Floats:
    """Return what hits are sorted by, the largest first: the possible ones are above 1.

    Parameters
    ----------
    probabilities, cosines
        Of each hit; (n_hits,).
    """
    return np.where(probabilities >= POSSIBLE, 1 + probabilities, cosines)


def first_with_others(n_rows: int) -> Pairs:
    """Return the pairs of the first row of a window, a query, and each other, a hit."""
    others = np.arange(1, n_rows, dtype=np.int64)
    return np.stack([np.zeros_like(others), others], axis=1)


def weigh_hits(
    window: Window,
    pairs: Pairs,
    published: npt.NDArray[np.float64],
    *,
    model: PairModel | None = None,
    mixture: Mixture | None = None,
) -> tuple[Features, Evidence]:
    """Weigh whether hits report the event of what was asked for.

    Among so few articles nothing tells which names are rare, so names are not weighed.

    Parameters
    ----------
    window
        The articles asked for and their hits.
    pairs
        Int64, shape (n_pairs, 2): rows of `window`, asked for and hit.
    published
        Float64, any length: dates of the base, seconds, NaN where not known. How much a
        gap tells depends on how far apart random articles of the base are.
    model
        What is known of pairs; None takes the model that comes with the engine.
    mixture
        That of a clustering of the base. None takes the model's own, as none can be fitted
        to the few pairs of one article; it is right less often.

    Returns
    -------
    tuple
        Features and evidence of the pairs, each part of shape (n_pairs,).
    """
    model = model or shipped_model()
    mixture = mixture or usual_mixture(model)
    features = pair_features(window, pairs, WindowTerms(window, compared=False))
    evidence = weigh(features, TimeEvidence(published, model), model, mixture=mixture)
    lengths = [
        len(title) + len(body) for title, body in zip(window.titles, window.bodies, strict=True)
    ]
    short = np.array(lengths)[pairs] < SHORT_CHARACTERS
    unequal = short[:, 0] & ~short[:, 1]
    asked = mixture._replace(
        related=np.array([SHORT_RELATED, 0.0]),
        unrelated=np.array([SHORT_UNRELATED, 0.0]),
        deviations=np.array([SHORT_DEVIATION, 1.0]),
    )
    cosine, _ = asked.log_odds(features.cosines, features.terms)
    more = np.where(unequal, cosine - evidence.cosine, 0.0)
    return features, replace(evidence, cosine=evidence.cosine + more, total=evidence.total + more)
