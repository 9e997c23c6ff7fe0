"""How likely one article reports the same event as others, outside of any clustering."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.clustering.evidence import usual_mixture, weigh
from engine.clustering.features import Floats, pair_features
from engine.clustering.pair_model import PairModel, shipped_model
from engine.clustering.window import Window


def same_event(
    window: Window, published: npt.NDArray[np.float64], *, model: PairModel | None = None
) -> Floats:
    """Return the probability that each other row reports the event of the first.

    No mixture can be fitted to the few pairs of one article, so the model's own is taken.

    Parameters
    ----------
    window
        The article and those it is compared with.
    published
        Float64, any length: dates of the base, seconds, NaN where not known. How much a
        gap tells depends on how far apart random articles of the base are.
    model
        What is known of pairs; None takes the model that comes with the engine.

    Returns
    -------
    numpy.ndarray
        Float64, shape (n - 1,), in [0, 1].
    """
    model = model or shipped_model()
    others = np.arange(1, len(window), dtype=np.int64)
    features = pair_features(window, np.stack([np.zeros_like(others), others], axis=1))
    return weigh(features, published, model, mixture=usual_mixture(model)).probabilities
