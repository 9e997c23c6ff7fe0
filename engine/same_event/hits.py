"""How likely one article reports the same event as others, outside of any clustering."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, embedding_text
from engine.same_event.evidence import Evidence, weigh, weigh_beside
from engine.same_event.features import Features, Floats, pair_features
from engine.same_event.hit_curve import SAME_TEXT, HitCurve, Nearness, brevity
from engine.same_event.lead_numbers import LeadNumbers
from engine.same_event.mixture import Mixture, probability, usual_mixture
from engine.same_event.pair_model import PairModel, shipped_model
from engine.same_event.pairs import Pairs
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window

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


class Backdrop(NamedTuple):
    """Articles of a base at large, against which its hits are weighed.

    Attributes
    ----------
    timing
        Of their times: how much a gap tells depends on how far apart random articles of the
        base are.
    vectors
        Float32 unit rows, shape (n, dim).
    """

    timing: TimeEvidence
    vectors: Embeddings


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
    backdrop: Backdrop,
    *,
    model: PairModel | None = None,
    mixture: Mixture | None = None,
    curve: HitCurve | None = None,
) -> tuple[Features, Evidence]:
    """Weigh whether hits report the event of what was asked for, a question or an article.

    Among so few articles nothing tells which names are rare, so names are not weighed.

    Parameters
    ----------
    window
        The articles asked for and their hits.
    pairs
        Int64, shape (n_pairs, 2): rows of `window`, asked for and hit.
    backdrop
        Articles of the base at large.
    model
        What is known of pairs; None takes the model that comes with the engine.
    mixture
        That of the base. None takes the model's own, as none can be fitted to the few
        pairs of one article; it is right less often.
    curve
        What nearness in meaning says. None leaves it to the mixture, which is right where
        both texts are of the length of the base's articles.

    Returns
    -------
    tuple
        Features and evidence of the pairs, each part of shape (n_pairs,). The evidence of
        the cosine is the prior and what the curve says.
    """
    model = model or shipped_model()
    mixture = mixture or usual_mixture(model)
    features = pair_features(window, pairs, LeadNumbers(window))
    if curve is None:
        return features, weigh(features, backdrop.timing, model, mixture=mixture)
    meant = curve.log_odds(nearness(window, pairs, features, backdrop, model, curve), mixture)
    cosine = mixture.prior + model.temperature * meant
    return features, weigh_beside(cosine, features, backdrop.timing, model, mixture)


def nearness(
    window: Window,
    pairs: Pairs,
    features: Features,
    backdrop: Backdrop,
    model: PairModel,
    curve: HitCurve,
) -> Nearness:
    """Return what the curve of hits is drawn over; see `weigh_hits` for the parameters."""
    asked, place = np.unique(pairs[:, 0], return_inverse=True)
    characters = [
        len(embedding_text(window.titles[row], window.bodies[row])) for row in asked.tolist()
    ]
    # One by one: a product of many rows adds up in another order, and a text is weighed alike
    # alone and among others.
    cosines = np.array([backdrop.vectors @ vector for vector in window.vectors[asked]])
    cosines = cosines.reshape(len(asked), len(backdrop.vectors))
    others = cosines < SAME_TEXT
    squares = np.square(np.where(others, cosines, 0.0), dtype=np.float64).sum(axis=1)
    squares += model.pseudo_pairs * curve.usual_spread**2
    spreads = np.sqrt(squares / (model.pseudo_pairs + others.sum(axis=1)))
    return Nearness(
        features.cosines, spreads[place], brevity(np.array(characters, np.int64))[place]
    )


def worth_showing(cosines: Floats, evidence: Evidence, curve: HitCurve) -> npt.NDArray[np.bool_]:
    """Tell which hits of one text are not surely nothing.

    None is where even the nearest is too far to be about the same; else those that are not too
    far in meaning, whatever their dates say: last year's look-alike is related.

    Parameters
    ----------
    cosines
        Of the hits, (n_hits,).
    evidence
        Of the hits, as `weigh_hits` returns it.
    curve
        Which holds both limits.
    """
    said = probability(evidence.cosine / evidence.temperature)
    worth: npt.NDArray[np.bool_] = said >= curve.floor
    return worth & bool((cosines >= curve.near).any())
