"""From features to the log-odds that two articles report the same event.

A sum of log-likelihood ratios and a prior, so that each part can be read and shown:

    log-odds = prior + cosine + terms + time - weight * (conflict of numbers - the usual one)
               - 20 where one outlet filled one template twice

Cosine and terms are weighed as in the window's own mixture of pairs, see `mixture`, and the
time as far as its reports of one event are apart, see `timing`. The parts are not independent,
so their sum is too sure of itself; divided by one temperature that labelled pairs gave, it is
a probability to rely on (Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.same_event.features import Features, Floats, by_blocks
from engine.same_event.mixture import Mixture, fit_mixture, probability
from engine.same_event.pair_model import PairModel
from engine.same_event.timing import TimeEvidence

TEMPLATE_LOG_ODDS = 20.0
"""Taken off for two fillings of one template: more than the cosine of equal texts adds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-odds of pairs and the parts they are the sum of, each of shape (n_pairs,).

    They order and add up; as odds they are too sure by the factor `temperature`.
    """

    total: Floats
    cosine: Floats
    terms: Floats
    time: Floats
    conflict: Floats
    mixture: Mixture
    temperature: float

    @property
    def log_odds(self) -> Floats:
        """Log-odds that the pairs report the same event, to be believed as they are."""
        return self.total / self.temperature

    @property
    def probabilities(self) -> Floats:
        """Probabilities that the pairs report the same event."""
        return probability(self.log_odds)

    def part(self, pairs: slice) -> Evidence:
        """Return the evidence of some of the pairs."""
        return replace(
            self,
            total=self.total[pairs],
            cosine=self.cosine[pairs],
            terms=self.terms[pairs],
            time=self.time[pairs],
            conflict=self.conflict[pairs],
        )


def weigh(
    features: Features,
    timing: TimeEvidence,
    model: PairModel,
    *,
    mixture: Mixture | None = None,
) -> Evidence:
    """Weigh pairs of a window.

    Parameters
    ----------
    features
        Of the pairs: of all candidate pairs, unless a mixture is given.
    timing
        What gaps between the dates of the window tell.
    model
        What was learned on labelled data.
    mixture
        That of the window; None fits it to the pairs.
    """
    known = fit_mixture(features, timing, model) if mixture is None else mixture
    return Weighing(features, timing, model).evidence(known)


def weigh_beside(
    cosine: Floats, features: Features, timing: TimeEvidence, model: PairModel, mixture: Mixture
) -> Evidence:
    """Weigh what else pairs have whose evidence of the cosine is known, but for their terms."""
    time = timing(features.days, mixture.event_days)
    conflict = _conflict(features.conflicts, features.templates, model, mixture)
    total, terms = cosine + time + conflict, np.zeros_like(time)
    return Evidence(total, cosine, terms, time, conflict, mixture, model.temperature)


class Weighing:
    """Weighs the same pairs by one mixture after the other.

    Parameters
    ----------
    features, timing, model
        As for `weigh`.
    """

    def __init__(self, features: Features, timing: TimeEvidence, model: PairModel) -> None:
        self._features, self._timing, self._model = features, timing, model
        self._at_random = by_blocks(
            lambda some: timing.at_random(features.days[some]), len(features.days)
        )

    def evidence(self, mixture: Mixture) -> Evidence:
        """Return the evidence of the pairs."""

        def parts(some: slice) -> Floats:
            found = self._parts(some, mixture)
            return np.stack([_total(*found), *found])

        total, cosine, terms, time, conflict = by_blocks(parts, len(self._features.days))
        temperature = self._model.temperature
        return Evidence(total, cosine, terms, time, conflict, mixture, temperature)

    def total(self, mixture: Mixture) -> Floats:
        """Return the sum of the evidence alone, which takes less room."""
        return by_blocks(lambda some: _total(*self._parts(some, mixture)), len(self._features.days))

    def _parts(self, some: slice, mixture: Mixture) -> tuple[Floats, Floats, Floats, Floats]:
        features = self._features
        time = self._timing(features.days[some], mixture.event_days, self._at_random[some])
        conflict = _conflict(
            features.conflicts[some], features.templates[some], self._model, mixture
        )
        cosine, terms = mixture.log_odds(features.cosines[some], features.terms[some])
        return cosine, terms, time, conflict


def _conflict(
    conflicts: Floats, templates: npt.NDArray[np.bool_], model: PairModel, mixture: Mixture
) -> Floats:
    """Return the evidence of numbers that differ, and of templates that were filled twice."""
    surplus = np.nan_to_num(conflicts - mixture.conflict, nan=0.0)
    found: Floats = -model.conflict_weight * surplus
    found -= TEMPLATE_LOG_ODDS * templates
    return found


def _total(cosine: Floats, terms: Floats, time: Floats, conflict: Floats) -> Floats:
    return cosine + terms + time + conflict
