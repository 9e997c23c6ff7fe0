"""The candidate pairs of a window as a mixture of pairs of one event and of others.

No threshold carries over between corpora, so nothing but a prior is fixed: the means of
cosine and shared terms, their covariance and the share of related pairs are fitted to the
window without labels. Refitting the share is Saerens, Latinne and Decaestecker 2002,
"Adjusting the outputs of a classifier to new a priori probabilities"; here the means move as
well. The covariance is shared by both kinds, which makes the log-odds linear (Fisher 1936)
and so monotone in the cosine. How much names add to a cosine differs from nothing, between
headlines in many languages, to as much as the cosine; the covariance tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from engine.same_event.features import Features, Floats
from engine.same_event.pair_model import PairModel
from engine.same_event.timing import TimeEvidence

N_ROUNDS = 200
"""Rounds of expectation and maximisation at most."""

STEADY = 1e-4
"""Change of every parameter below which the fit is done, mostly after some 40 rounds."""

N_SAMPLED_PAIRS = 50_000
"""Pairs that the mixture is fitted to, evenly spaced; more change the third digit at most."""

SHARE_BOUNDS = (0.01, 0.8)
"""Least and largest share of related pairs that a window can be fitted to."""

MOST_CORRELATED = 0.9
"""Correlation of cosine and terms at most; beyond, weights are differences of large numbers."""

USUAL_CONFLICT = 0.5
"""Conflict of numbers between candidate pairs of the development sets, on average."""

TERMS_WEIGHT = 0.8
"""How much of the evidence of shared terms counts. They are not normal: many pairs share
none, and some all. On the development sets 0.6 to 0.8 differ by 0.1 points of B-cubed F1 on
average; at 1 and above windows of headlines follow their names too far."""


class Mixture(NamedTuple):
    """Candidate pairs of one window, of one event and of others, with one covariance.

    Attributes
    ----------
    related, unrelated
        Mean cosine and mean overlap of terms of pairs of one event, and of others; (2,).
    deviations
        Of cosine and overlap; (2,).
    correlation
        Of cosine and overlap among pairs of one kind.
    share
        Share of pairs of one event.
    conflict
        The usual conflict of numbers, in [0, 1]: in long texts most numbers differ.
    event_days
        Mean gap in days between reports of one event.
    """

    related: Floats
    unrelated: Floats
    deviations: Floats
    correlation: float
    share: float
    conflict: float
    event_days: float

    @property
    def prior(self) -> float:
        """Log-odds of any candidate pair."""
        return float(np.log(self.share / (1 - self.share)))

    def values(self) -> dict[str, Any]:
        """Return the mixture as JSON values, with four digits."""
        return {name: np.round(value, 4).tolist() for name, value in self._asdict().items()}

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Mixture:
        """Return the mixture that `values` gave.

        Raises
        ------
        TypeError, ValueError
            They are no such values.
        """
        arrays = {
            name: np.array(value, np.float64)
            for name, value in values.items()
            if isinstance(value, list)
        }
        return cls(**(dict(values) | arrays))

    def log_odds(self, cosines: Floats, terms: Floats) -> tuple[Floats, Floats]:
        """Return the evidence of the cosines, with the prior, and of the shared terms.

        Where one of the two would count against what it is meant to show, or no terms are
        known, the cosine speaks alone.
        """
        apart = self.related - self.unrelated
        middle = (self.related + self.unrelated) / 2
        cosine, overlap = cosines - middle[0], terms - middle[1]
        covariance = np.outer(self.deviations, self.deviations)
        covariance[[0, 1], [1, 0]] *= self.correlation
        alone = apart[0] / covariance[0, 0]
        slopes = np.linalg.solve(covariance, apart)
        joint = ~np.isnan(terms) & bool((slopes > 0).all())
        added = np.where(joint, TERMS_WEIGHT * slopes[1] * np.nan_to_num(overlap), 0.0)
        return self.prior + np.where(joint, slopes[0], alone) * cosine, added


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is fitted: means and deviations (2 kinds, 2 features), correlation, share."""

    means: Floats
    deviations: Floats
    correlation: float
    share: float

    def mixture(self, conflict: float, event_days: float) -> Mixture:
        shared = np.sqrt(np.mean(np.square(self.deviations), axis=0))
        related, unrelated = self.means
        return Mixture(
            related, unrelated, shared, self.correlation, self.share, conflict, event_days
        )

    def change(self, before: _Parts) -> float:
        changes = [
            np.abs(self.means - before.means).max(),
            np.abs(self.deviations - before.deviations).max(),
            abs(self.correlation - before.correlation),
            abs(self.share - before.share),
        ]
        return float(max(changes))


def usual_mixture(model: PairModel) -> Mixture:
    """Return the mixture of a window of which no pairs are known."""
    return _prior(model).mixture(USUAL_CONFLICT, model.event_days)


def fit_mixture(features: Features, timing: TimeEvidence, model: PairModel) -> Mixture:
    """Fit the window's mixture by expectation and maximisation from the model's prior.

    Parameters
    ----------
    features
        Of the candidate pairs.
    timing
        Judges the gaps between dates, which anchor the fit. Numbers do not take part: where
        they are weighed too heavily, no pair would seem related.
    model
        Its means, deviations and share count as so many further pairs.
    """
    step = max(1, len(features.days) // N_SAMPLED_PAIRS)
    cosines, terms, days = features.cosines[::step], features.terms[::step], features.days[::step]
    numbered = features.conflicts[~np.isnan(features.conflicts)]
    usual = float(numbered.mean()) if len(numbered) else USUAL_CONFLICT
    fitted, event_days, at_random = _prior(model), model.event_days, timing.at_random(days)
    for _ in range(N_ROUNDS):
        before = fitted
        odds = sum(before.mixture(usual, event_days).log_odds(cosines, terms))
        belief = probability(odds + timing(days, event_days, at_random))
        fitted = _refitted(cosines, terms, belief, model)
        event_days = timing.fitted_event_days(days, belief, event_days)
        if fitted.change(before) < STEADY:
            break
    return fitted.mixture(usual, event_days)


def refit_mixture(
    features: Features, belief: Floats, before: Mixture, timing: TimeEvidence, model: PairModel
) -> Mixture:
    """Return the mixture that fits best when pairs are related as far as `belief` says.

    Parameters
    ----------
    features, timing, model
        As for `fit_mixture`.
    belief
        Float64, shape (n_pairs,): probabilities that the pairs are one event.
    before
        The mixture that the belief comes from.
    """
    step = max(1, len(belief) // N_SAMPLED_PAIRS)
    cosines, terms, days = features.cosines[::step], features.terms[::step], features.days[::step]
    fitted = _refitted(cosines, terms, belief[::step], model)
    event_days = timing.fitted_event_days(days, belief[::step], before.event_days)
    return fitted.mixture(before.conflict, event_days)


def probability(log_odds: Floats) -> Floats:
    """Return the probability of `log_odds`."""
    odds: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return odds


def _prior(model: PairModel) -> _Parts:
    return _Parts(
        means=np.array([model.related_means, model.unrelated_means]),
        deviations=np.array([model.related_deviations, model.unrelated_deviations]),
        correlation=model.correlation,
        share=model.related_share,
    )


def _refitted(cosines: Floats, terms: Floats, belief: Floats, model: PairModel) -> _Parts:
    """Return the parts that fit best when pairs are related as far as `belief` says."""
    prior = _prior(model)
    pull = {
        name: share * len(cosines) + model.pseudo_pairs
        for name, share in model.pseudo_shares.items()
    }
    held = np.array([[pull["related"]], [pull["unrelated"]]])
    known = np.stack([np.ones(len(terms)), ~np.isnan(terms)], axis=1)  # (n_pairs, features)
    values = np.stack([cosines, np.nan_to_num(terms)], axis=1)
    beliefs = np.stack([belief, 1 - belief])  # (kinds, n_pairs): related, unrelated
    mass = beliefs @ known
    means = (held * prior.means + beliefs @ (values * known)) / (held + mass)
    off = (values - means[:, None]) * known  # (kinds, n_pairs, features)
    steady = pull["deviation"]
    squares = np.einsum("kp,kpf->kf", beliefs, off**2)
    deviations = np.sqrt((steady * prior.deviations**2 + squares) / (steady + mass))
    joint = beliefs[:, known[:, 1] > 0], off[:, known[:, 1] > 0]
    products = np.einsum("kp,kp->k", joint[0], joint[1].prod(axis=2)) / deviations.prod(axis=1)
    correlation = (steady * prior.correlation + products.sum()) / (steady + mass[:, 1].sum())
    share = (pull["share"] * prior.share + mass[0, 0]) / (pull["share"] + len(cosines))
    return _Parts(
        means,
        deviations,
        float(np.clip(correlation, -MOST_CORRELATED, MOST_CORRELATED)),
        float(np.clip(share, *SHARE_BOUNDS)),
    )
