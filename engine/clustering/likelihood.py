"""How likely one article reports the same event as others, outside of any clustering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.clustering.evidence import Evidence, weigh
from engine.clustering.features import Features, Floats, pair_features
from engine.clustering.mixture import Mixture, usual_mixture
from engine.clustering.pair_model import PairModel, shipped_model
from engine.clustering.window import Window
from engine.clustering.window_terms import WindowTerms

SHORT_CHARACTERS = 200
"""Below so many characters a text is a question or a headline, not an article."""

SHORT_RELATED, SHORT_UNRELATED, SHORT_DEVIATION = 0.47, 0.29, 0.105
"""Centred cosines of a headline to articles of its event and to its other neighbours. Means
over meantime, ecbplus_dev and roundups_2021 lie within 0.02 of these: a short text is less
near to everything, so the same cosine says more."""


def same_event(
    window: Window,
    published: npt.NDArray[np.float64],
    *,
    model: PairModel | None = None,
    mixture: Mixture | None = None,
) -> Floats:
    """Return the probability that each other row reports the event of the first.

    Parameters
    ----------
    window, published, model, mixture
        As for `weigh_hits`.

    Returns
    -------
    numpy.ndarray
        Float64, shape (n - 1,), in [0, 1].
    """
    return weigh_hits(window, published, model=model, mixture=mixture)[1].probabilities


def weigh_hits(
    window: Window,
    published: npt.NDArray[np.float64],
    *,
    model: PairModel | None = None,
    mixture: Mixture | None = None,
) -> tuple[Features, Evidence]:
    """Weigh whether each other row reports the event of the first.

    Among so few articles nothing tells which names are rare, so names are not weighed.

    Parameters
    ----------
    window
        The article and those it is compared with.
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
        Features and evidence of the pairs, each part of shape (n - 1,).
    """
    model = model or shipped_model()
    others = np.arange(1, len(window), dtype=np.int64)
    pairs = np.stack([np.zeros_like(others), others], axis=1)
    found = pair_features(window, pairs, WindowTerms(window))
    features = replace(found, terms=np.full(len(others), np.nan))
    mixture = mixture or usual_mixture(model)
    if len(window.titles[0]) + len(window.bodies[0]) < SHORT_CHARACTERS:
        mixture = mixture._replace(
            related=np.array([SHORT_RELATED, 0.0]),
            unrelated=np.array([SHORT_UNRELATED, 0.0]),
            deviations=np.array([SHORT_DEVIATION, 1.0]),
        )
    return features, weigh(features, published, model, mixture=mixture)
