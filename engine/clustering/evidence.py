"""From features to the log-odds that two articles report the same event.

A sum of three log-likelihood ratios and a prior, so that each part can be read and shown:

    log-odds = prior + cosine + time - weight * (conflict of numbers - the usual one)
               - 20 where one outlet filled one template twice

No cosine threshold carries over between corpora, so the cosine part is not fixed: the
cosines of a window's candidate pairs are a mixture of related and unrelated pairs, and both
parts and their share are fitted to the window, without labels, from a prior learned on
labelled data. Refitting the share is Saerens, Latinne and Decaestecker 2002, "Adjusting the
outputs of a classifier to new a priori probabilities"; here the means move as well. The
deviation is shared, which makes the part linear and so monotone in the cosine.

The time part compares with how far apart two random articles of the same window are: being
a day apart tells much in a year and nothing in a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.clustering.features import SECONDS_OF_A_DAY, Features, Floats
from engine.clustering.pair_model import PairModel

N_ROUNDS = 200
"""Rounds of expectation and maximisation at most."""

STEADY = 1e-4
"""Change of every parameter below which the fit is done, mostly after some 40 rounds."""

N_SAMPLED_PAIRS = 50_000
"""Pairs that the mixture is fitted to, evenly spaced; more change the third digit at most."""

SHARE_BOUNDS = (0.01, 0.8)
"""Least and largest share of related pairs that a window can be fitted to."""

USUAL_CONFLICT = 0.5
"""Conflict of numbers between candidate pairs of the development sets, on average."""

TEMPLATE_LOG_ODDS = 20.0
"""Taken off for two fillings of one template: more than the cosine of equal texts adds."""

N_SAMPLED_DATES = 2000
"""Dates from which the gaps of random pairs are computed, evenly spaced by rank."""


class Mixture(NamedTuple):
    """Candidate pairs of one window: cosines in two normal parts of one deviation.

    Attributes
    ----------
    related, unrelated, deviation
        Means and deviation of the cosines of pairs of one event, and of others.
    share
        Share of pairs of one event.
    conflict
        The usual conflict of numbers, in [0, 1]: in long texts most numbers differ.
    """

    related: float
    unrelated: float
    deviation: float
    share: float
    conflict: float

    def log_odds(self, cosines: Floats) -> Floats:
        """Return prior and cosine evidence together."""
        middle = (self.related + self.unrelated) / 2
        slope = (self.related - self.unrelated) / self.deviation**2
        prior = np.log(self.share / (1 - self.share))
        odds: Floats = slope * (cosines - middle) + prior
        return odds


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of pairs and the parts they are the sum of, each of shape (n_pairs,)."""

    total: Floats
    cosine: Floats
    time: Floats
    conflict: Floats
    mixture: Mixture

    @property
    def probabilities(self) -> Floats:
        """Probabilities that the pairs report the same event."""
        return probability(self.total)


def probability(log_odds: Floats) -> Floats:
    """Return the probability of `log_odds`."""
    odds: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return odds


def weigh(
    features: Features,
    published: npt.NDArray[np.float64],
    model: PairModel,
    *,
    mixture: Mixture | None = None,
) -> Evidence:
    """Weigh pairs of a window.

    Parameters
    ----------
    features
        Of the pairs: of all candidate pairs, unless a mixture is given.
    published
        Float64, shape (n_articles,): seconds, NaN where not known.
    model
        What was learned on labelled data.
    mixture
        That of the window; None fits it to the pairs.
    """
    time = TimeEvidence(published, model)(features.days)
    mixture = mixture or fit_mixture(features, time, model)
    surplus = np.nan_to_num(features.conflicts - mixture.conflict, nan=0.0)
    conflict = -model.conflict_weight * surplus - TEMPLATE_LOG_ODDS * features.templates
    cosine = mixture.log_odds(features.cosines)
    return Evidence(cosine + time + conflict, cosine, time, conflict, mixture)


def fit_mixture(features: Features, time: Floats, model: PairModel) -> Mixture:
    """Fit the window's mixture by expectation and maximisation from the model's prior.

    Parameters
    ----------
    features
        Of the candidate pairs.
    time
        Log-odds of the same pairs from their dates, which anchor the fit. Numbers do not
        take part: where they are weighed too heavily, no pair would seem related.
    model
        Its means, deviations and share count as so many further pairs.
    """
    step = max(1, len(time) // N_SAMPLED_PAIRS)
    cosines, others = features.cosines[::step], time[::step]
    numbered = features.conflicts[~np.isnan(features.conflicts)]
    usual = float(numbered.mean()) if len(numbered) else 0.0
    fitted = _parameters(model)
    for _ in range(N_ROUNDS):
        before = fitted
        belief = probability(_mixture(before, usual).log_odds(cosines) + others)
        fitted = _refitted(cosines, belief, model)
        if np.abs(fitted - before).max() < STEADY:
            break
    return _mixture(fitted, usual)


def usual_mixture(model: PairModel) -> Mixture:
    """Return the mixture of a window of which no pairs are known."""
    return _mixture(_parameters(model), USUAL_CONFLICT)


def _parameters(model: PairModel) -> Floats:
    """Return the two means, the two deviations and the share of a model; shape (5,)."""
    return np.array(
        [
            model.related_mean,
            model.unrelated_mean,
            model.related_deviation,
            model.unrelated_deviation,
            model.related_share,
        ]
    )


def _mixture(parameters: Floats, conflict: float) -> Mixture:
    related, unrelated, *deviations, share = parameters.tolist()
    spread = float(np.sqrt(np.mean(np.square(deviations))))
    return Mixture(related, unrelated, spread, share, conflict)


def _refitted(cosines: Floats, belief: Floats, model: PairModel) -> Floats:
    """Return the parameters that fit best when pairs are related as far as `belief` says."""
    prior = _parameters(model)
    pull = {
        name: share * len(cosines) + model.pseudo_pairs
        for name, share in model.pseudo_shares.items()
    }
    beliefs = np.stack([belief, 1 - belief])  # (2, n_pairs): related, unrelated
    mass = beliefs.sum(axis=1)
    held = np.array([pull["related"], pull["unrelated"]])
    means = (held * prior[:2] + beliefs @ cosines) / (held + mass)
    squares = (beliefs * (cosines - means[:, None]) ** 2).sum(axis=1)
    steady = pull["deviation"]
    variances = (steady * prior[2:4] ** 2 + squares) / (steady + mass)
    share = (pull["share"] * prior[4] + mass[0]) / (pull["share"] + len(cosines))
    return np.array([*means, *np.sqrt(variances), np.clip(share, *SHARE_BOUNDS)])


class TimeEvidence:
    """Log-likelihood ratio of a gap in days: between articles of one event or random ones.

    Gaps within an event: most fall off exponentially, the rest has a heavy tail of follow-ups
    and wrong dates. Both densities are taken over the gap give or take `window_days`, or 30 %,
    since dates are often days only.
    """

    def __init__(self, published: npt.NDArray[np.float64], model: PairModel) -> None:
        """Learn how far apart random articles are; none is dated: every gap says nothing."""
        self._model = model
        dates = np.sort(published[~np.isnan(published)]) / SECONDS_OF_A_DAY
        if len(dates) > N_SAMPLED_DATES:
            dates = dates[np.linspace(0, len(dates) - 1, N_SAMPLED_DATES).astype(np.int64)]
        self._n_dates = len(dates)
        self._gaps = np.concatenate([[0.0], np.geomspace(1 / 24, 36500, 240)])
        within = [
            np.searchsorted(dates, dates + gap, "right") - np.searchsorted(dates, dates - gap)
            for gap in self._gaps
        ]
        self._share_within = np.array([each.sum() for each in within]) / max(1, len(dates) ** 2)

    def __call__(self, days: Floats) -> Floats:
        """Return the evidence of gaps; 0 where a gap is NaN."""
        model = self._model
        if self._n_dates < 2:
            return np.zeros(len(days))
        gaps = np.nan_to_num(days, nan=0.0)
        around = np.maximum(model.window_days, 0.3 * gaps)
        low, high = np.maximum(gaps - around, 0), gaps + around
        same = self._same_event(high) - self._same_event(low)
        random = np.interp(high, self._gaps, self._share_within)
        # A gap of 0 is inside the range that starts at 0, so nothing is taken off there.
        random -= np.where(low > 0, np.interp(low, self._gaps, self._share_within), 0.0)
        least = 1 / self._n_dates**2
        evidence = np.log(same / np.maximum(random, least))
        return np.where(np.isnan(days), 0.0, np.clip(evidence, *model.time_bounds))

    def _same_event(self, gaps: Floats) -> Floats:
        """Return the share of gaps within an event that are not larger."""
        model = self._model
        soon = 1 - np.exp(-gaps / model.event_days)
        late = 1 - 1 / (1 + gaps / model.tail_days)
        share: Floats = (1 - model.tail_share) * soon + model.tail_share * late
        return share
