"""Learning the pair model from labelled pairs, and measuring how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.same_event.evidence import Evidence, weigh
from engine.same_event.features import Features, Floats
from engine.same_event.granularity import LEAST, MOST
from engine.same_event.mixture import probability
from engine.same_event.pair_model import PairModel
from engine.same_event.timing import TimeEvidence

Flags = npt.NDArray[np.bool_]
Two = tuple[float, float]
"""Of the cosine and of the overlap of terms."""

N_BINS = 10
"""Bins of equal width of a reliability curve."""

LEAST_PAIRS = 20
"""Labelled pairs of each kind below which a refit would follow single pairs."""

N_STEPS = 30
"""Newton steps for a weight; some 6 are enough."""

MOST_CONFLICT = 6.0
"""Log-odds that conflicting numbers take off at most."""

TEMPERATURES = (0.5, 5.0)
"""Range of temperatures; outside, the labels belong to other pairs than those weighed."""


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Candidate pairs of one window, and what is known of them.

    Attributes
    ----------
    features
        Of all candidate pairs of the window, n_pairs each.
    published
        Float64, shape (n_articles,): seconds, NaN where not known.
    known, related
        Bool, shape (n_pairs,): which pairs are labelled, and as one event.
    """

    features: Features
    published: npt.NDArray[np.float64]
    known: Flags
    related: Flags

    def weighed(self, model: PairModel) -> Evidence:
        """Weigh all pairs of the window as `model` knows pairs."""
        return weigh(self.features, TimeEvidence(self.published, model), model)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities agree with the truth.

    Attributes
    ----------
    brier
        Mean squared error (Brier 1950), in [0, 1]; smaller is better.
    error
        Expected calibration error (Naeini et al. 2015) over `N_BINS` bins, in [0, 1].
    curve
        For each bin that has pairs: mean probability, share of related pairs, pairs.
    """

    brier: float
    error: float
    curve: tuple[tuple[float, float, int], ...]


def reliability(probabilities: Floats, related: Flags) -> Reliability:
    """Compare probabilities with the truth; both of shape (n_pairs,)."""
    bins = np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)
    curve = []
    for number in range(N_BINS):
        inside = bins == number
        if n_pairs := int(inside.sum()):
            curve.append(
                (float(probabilities[inside].mean()), float(related[inside].mean()), n_pairs)
            )
    gaps = sum(abs(said - found) * n_pairs for said, found, n_pairs in curve)
    brier = float(((probabilities - related) ** 2).mean()) if len(related) else 0.0
    return Reliability(brier, gaps / max(1, len(related)), tuple(curve))


def refit(
    model: PairModel,
    sets: Sequence[LabelledPairs],
    *,
    pseudo_pairs: float,
    least_pairs: int = LEAST_PAIRS,
) -> PairModel:
    """Learn a model from labelled pairs; every set weighs the same whatever its size.

    Parameters
    ----------
    model
        What holds without labels; its time evidence and pseudo counts are kept.
    sets
        Windows with labelled pairs.
    pseudo_pairs
        How many labelled pairs of a set `model` counts as; 0 forgets it.
    least_pairs
        Related, and unrelated, pairs that there must be.

    Raises
    ------
    InputError
        When there are fewer than `least_pairs` related or unrelated pairs.
    """
    counts = np.sum([[(s.known & s.related).sum(), (s.known & ~s.related).sum()] for s in sets], 0)
    if not sets or counts.min() < least_pairs:
        found = f"{counts[0]} pairs of one event and {counts[1]} others" if sets else "no pairs"
        raise InputError(f"{found} are too few to learn from; label at least {least_pairs} of each")
    related = _moments(sets, True, (model.related_means, model.related_deviations), pseudo_pairs)
    unrelated = _moments(
        sets, False, (model.unrelated_means, model.unrelated_deviations), pseudo_pairs
    )
    shares = [
        (pseudo_pairs * model.related_share + (s.known & s.related).sum())
        / (pseudo_pairs + s.known.sum())
        for s in sets
    ]
    learned = replace(
        model,
        related_means=related[0],
        related_deviations=related[1],
        unrelated_means=unrelated[0],
        unrelated_deviations=unrelated[1],
        correlation=_correlation(sets, model, pseudo_pairs),
        related_share=float(np.mean(shares)),
    )
    learned = replace(learned, conflict_weight=_conflict_weight(learned, sets, pseudo_pairs))
    return replace(learned, temperature=_temperature(learned, sets, pseudo_pairs))


def learn_granularity(pairs: LabelledPairs, evidence: Evidence, *, pseudo_pairs: float) -> float:
    """Return the log-odds that labels ask to be added to all evidence, within the dial's range.

    The intercept of a logistic regression of the labels on the log-odds, whose weight stays 1:
    what the model has learnt from the same labels is in the evidence already, so only what it
    could not take in is left for the dial.

    Parameters
    ----------
    pairs
        Of one window; those that are known count.
    evidence
        Of all of them, by the model that the next clustering takes.
    pseudo_pairs
        How many labelled pairs a dial at 0 counts as.
    """
    said = evidence.log_odds
    bounds = (LEAST / evidence.temperature, MOST / evidence.temperature)
    shift = _fitted_weight([pairs], [said], [np.ones(len(said))], 0.0, pseudo_pairs, bounds)
    return shift * evidence.temperature


def most_informative(probabilities: Floats, n_pairs: int) -> npt.NDArray[np.int64]:
    """Return the pairs that a person should label: those the model is least sure of.

    Uncertainty sampling (Lewis and Gale 1994), spread over the range from 0.1 to 0.9 so
    that the answers can also tell a wrong slope.

    Parameters
    ----------
    probabilities
        Float64, shape (n_candidates,).
    n_pairs
        How many to return at most.

    Returns
    -------
    numpy.ndarray
        Int64, shape (at most n_pairs,): places of the pairs, in the order to ask.
    """
    chosen: list[int] = []
    left = np.ones(len(probabilities), dtype=np.bool_)
    targets = np.resize([0.5, 0.3, 0.7, 0.1, 0.9], min(n_pairs, len(probabilities)))
    for target in targets.tolist():
        distance = np.where(left, np.abs(probabilities - target), np.inf)
        chosen.append(int(distance.argmin()))
        left[chosen[-1]] = False
    return np.array(chosen, dtype=np.int64)


def _moments(
    sets: Sequence[LabelledPairs], kind: bool, prior: tuple[Two, Two], pseudo_pairs: float
) -> tuple[Two, Two]:
    """Return means and deviations within sets of cosine and terms of related or other pairs."""
    held = np.full(2, pseudo_pairs)
    found = []
    for each in sets:
        mine = each.known & (each.related == kind)
        values = np.stack([each.features.cosines[mine], each.features.terms[mine]])
        whole = held + (~np.isnan(values)).sum(axis=1)
        # A set without terms says nothing of them, and leaves the others to speak.
        whole[whole == 0] = np.nan
        mean = (held * np.array(prior[0]) + np.nansum(values, axis=1)) / whole
        squares = np.nansum((values - mean[:, None]) ** 2, axis=1)
        found.append([mean, (held * np.square(prior[1]) + squares) / whole])
    moments = np.ma.masked_invalid(found).mean(axis=0)
    means, variances = moments.filled(np.stack([prior[0], np.square(prior[1])]))
    return _two(means), _two(np.sqrt(variances))


def _correlation(sets: Sequence[LabelledPairs], model: PairModel, pseudo_pairs: float) -> float:
    """Return the correlation of cosine and terms among pairs of one kind, over all sets."""
    found = []
    for each in sets:
        for kind in (True, False):
            mine = each.known & (each.related == kind) & ~np.isnan(each.features.terms)
            values = np.stack([each.features.cosines[mine], each.features.terms[mine]])
            off = values - values.mean(axis=1, keepdims=True) if mine.any() else values
            spread = np.sqrt((off**2).sum(axis=1).prod())
            own = float((off[0] * off[1]).sum() / spread) if spread else 0.0
            n_pairs = int(mine.sum())
            total = max(pseudo_pairs + n_pairs, 1.0)
            found.append((pseudo_pairs * model.correlation + n_pairs * own) / total)
    return float(np.mean(found))


def _two(values: Floats) -> Two:
    first, second = values.tolist()
    return first, second


def _conflict_weight(model: PairModel, sets: Sequence[LabelledPairs], pseudo_pairs: float) -> float:
    """Return how much conflicting numbers take off, given all else; `model` has the prior."""
    offsets, surpluses = [], []
    bare = replace(model, conflict_weight=0.0)
    for each in sets:
        evidence = each.weighed(bare)
        offsets.append(evidence.total)
        surplus = each.features.conflicts - evidence.mixture.conflict
        surpluses.append(-np.nan_to_num(surplus, nan=0.0))
    bounds = (0.0, MOST_CONFLICT)
    return _fitted_weight(sets, offsets, surpluses, model.conflict_weight, pseudo_pairs, bounds)


def _temperature(model: PairModel, sets: Sequence[LabelledPairs], pseudo_pairs: float) -> float:
    """Return what the log-odds of `model`, which has the prior, are to be divided by."""
    totals = [each.weighed(model).total for each in sets]
    bounds = (1 / TEMPERATURES[1], 1 / TEMPERATURES[0])
    offsets = [np.zeros(len(each)) for each in totals]
    prior = 1 / model.temperature
    return 1 / _fitted_weight(sets, offsets, totals, prior, pseudo_pairs, bounds)


def _fitted_weight(
    sets: Sequence[LabelledPairs],
    offsets: Sequence[Floats],
    features: Sequence[Floats],
    prior: float,
    pseudo_pairs: float,
    bounds: tuple[float, float],
) -> float:
    """Return the weight of one feature in a logistic regression beside known log-odds.

    Parameters
    ----------
    sets
        Windows whose known pairs count, together as much in every window.
    offsets, features
        For each window, over all its pairs: the known log-odds, and what is to be weighed.
    prior, pseudo_pairs
        The weight before, and how many pairs of a set it counts as.
    bounds
        Least and largest weight.
    """
    known = [each.known for each in sets]
    offset = np.concatenate([one[k] for one, k in zip(offsets, known, strict=True)])
    feature = np.concatenate([one[k] for one, k in zip(features, known, strict=True)])
    truth = np.concatenate([each.related[each.known] for each in sets])
    counts = np.array([k.sum() for k in known])
    weight = np.repeat(len(truth) / len(sets) / np.maximum(counts, 1), counts)
    # A quarter of a pair's weight is the curvature of a doubtful one.
    pull = max(pseudo_pairs, 1.0) / 4
    value = prior
    for _ in range(N_STEPS):
        belief = probability(offset + value * feature)
        slope = (weight * feature * (truth - belief)).sum() - pull * (value - prior)
        curvature = (weight * feature**2 * belief * (1 - belief)).sum() + pull
        value = float(np.clip(value + slope / curvature, *bounds))
    return value
