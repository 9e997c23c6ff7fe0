"""What the time between two publications says about them.

The evidence compares two densities of the gap: between articles of one event, and between two
random articles of the same window. Being a day apart tells much in a year and nothing in a day.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.same_event.features import Floats
from engine.same_event.pair_model import PairModel
from engine.same_event.window import SECONDS_OF_A_DAY

N_SAMPLED_DATES = 2000
"""Dates from which the gaps of random pairs are computed, evenly spaced by rank."""

LEAST_EVENT_DAYS = 0.1
"""Mean gap within an event that is believed at least: reports of one event take hours."""

PSEUDO_PAIRS = 15.0
"""Pairs of one event that the model's mean gap counts as. With 50 the first weeks of a base, where
few pairs are known, went on too loosely, and a replay of roundups_2021 ended 1.05 points of
B-cubed F1 below one clustering of all; with 15 it ends 0.9 below."""


class TimeEvidence:
    """Log-likelihood ratio of a gap in days: between articles of one event or random ones.

    Gaps within an event: most fall off exponentially, the rest has a heavy tail of follow-ups
    and wrong dates. Both densities are taken over the gap give or take `window_days`, or 30 %,
    since dates are often days only.

    Attributes
    ----------
    model
        What is known of gaps anywhere.
    """

    def __init__(self, published: npt.NDArray[np.float64], model: PairModel) -> None:
        """Learn how far apart random articles are; none is dated: every gap says nothing."""
        self.model = model
        dates = np.sort(published[~np.isnan(published)]) / SECONDS_OF_A_DAY
        if len(dates) > N_SAMPLED_DATES:
            dates = dates[np.linspace(0, len(dates) - 1, N_SAMPLED_DATES).astype(np.int64)]
        self._n_dates = len(dates)
        self._span = max(model.window_days, float(np.ptp(dates)) if len(dates) else 0.0)
        self._gaps = np.concatenate([[0.0], np.geomspace(1 / 24, 36500, 240)])
        within = [
            np.searchsorted(dates, dates + gap, "right") - np.searchsorted(dates, dates - gap)
            for gap in self._gaps
        ]
        self._share_within = np.array([each.sum() for each in within]) / max(1, len(dates) ** 2)

    def __call__(self, days: Floats, event_days: float, at_random: Floats | None = None) -> Floats:
        """Return the evidence of gaps when those within an event are `event_days` on average.

        It is 0 where a gap is NaN.

        Parameters
        ----------
        days, event_days
            The gaps, and their mean within an event.
        at_random
            What `at_random` says of the gaps: whoever weighs them more than once keeps it, as
            it takes half of the time.
        """
        if self._n_dates < 2 or np.isnan(days).all():
            return np.zeros(len(days))
        gaps, low, high = self._around(days)
        at_random = self._share(low, high) if at_random is None else at_random
        # No gap is longer than the window: where all articles are of one day, none within an
        # event can be of two, and being of one day says nothing.
        most = np.maximum(self._span, gaps)
        same = self._same_event(np.minimum(high, most), event_days)
        same -= self._same_event(low, event_days)
        same /= self._same_event(most, event_days)
        evidence = np.log(same / at_random)
        return np.where(np.isnan(days), 0.0, np.clip(evidence, *self.model.time_bounds))

    def at_random(self, days: Floats) -> Floats:
        """Return the share of random pairs that are about as far apart, however long events are."""
        if self._n_dates < 2:
            return np.ones(len(days))
        _, low, high = self._around(days)
        return self._share(low, high)

    def _share(self, low: Floats, high: Floats) -> Floats:
        """Return the share of random pairs that are so far apart, from the least to the largest."""
        share: Floats = np.interp(high, self._gaps, self._share_within)
        # A gap of 0 is inside the range that starts at 0, so nothing is taken off there.
        share -= np.where(low > 0, np.interp(low, self._gaps, self._share_within), 0.0)
        return np.maximum(share, 1 / self._n_dates**2)

    def _around(self, days: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the gaps, 0 where not known, and the least and largest that count as alike."""
        gaps = np.nan_to_num(days, nan=0.0)
        around = np.maximum(self.model.window_days, 0.3 * gaps)
        return gaps, np.maximum(gaps - around, 0), gaps + around

    def fitted_event_days(self, days: Floats, belief: Floats, event_days: float) -> float:
        """Return the mean gap within an event that fits best; one step of maximisation.

        Parameters
        ----------
        days
            Gaps of pairs, NaN where not known.
        belief
            Probabilities that they report one event.
        event_days
            The mean gap under which the gaps that belong to the tail are told from others.

        Returns
        -------
        float
            From `LEAST_EVENT_DAYS` to the model's own: sets that are dated by the event want
            a small one, but false pairs, which are far apart, would make it ever larger.
        """
        model = self.model
        gaps, weight = days[~np.isnan(days)], belief[~np.isnan(days)]
        soon = (1 - model.tail_share) * np.exp(-gaps / event_days) / event_days
        late = model.tail_share * model.tail_days / (model.tail_days + gaps) ** 2
        weight = weight * soon / (soon + late)
        total = PSEUDO_PAIRS * model.event_days + weight @ gaps
        fitted = float(total / (PSEUDO_PAIRS + weight.sum()))
        return min(max(fitted, LEAST_EVENT_DAYS), model.event_days)

    def _same_event(self, gaps: Floats, event_days: float) -> Floats:
        """Return the share of gaps within an event that are not larger."""
        model = self.model
        soon = 1 - np.exp(-gaps / event_days)
        late = 1 - 1 / (1 + gaps / model.tail_days)
        share: Floats = (1 - model.tail_share) * soon + model.tail_share * late
        return share
