"""What the pairs of a base are like before anything is clustered: a look at some of them."""

from __future__ import annotations

import numpy as np

from engine.generations.generation import UNDATED
from engine.jobs.learnt import base_model
from engine.jobs.session import Reader
from engine.same_event.candidates import NEIGHBOURS
from engine.same_event.evidence import weigh
from engine.same_event.features import SECONDS_OF_A_DAY, Features, pair_cosines
from engine.same_event.mixture import Mixture
from engine.same_event.timing import TimeEvidence

SEEN_ARTICLES = 50
"""Articles, evenly spaced, whose nearest are looked at; with 200 the calibration error of
questions on labelled sets is .039 instead of .041, and each costs a search."""


def glimpsed_mixture(reader: Reader) -> Mixture:
    """Return the mixture fitted to the nearest neighbours of some articles of a base.

    By meaning and time alone, as names are rare or common only among all. Without it a base
    that was never clustered is taken for a usual one, and the calibration error of questions
    is .08 instead of .04.
    """
    generation, model = reader.generation, base_model(reader.layout)
    rows = np.arange(0, len(generation), max(1, len(generation) // SEEN_ARTICLES))
    found = generation.index.search(generation.vectors(rows), NEIGHBOURS + 1).rows
    pairs = np.stack([np.repeat(rows, found.shape[1]), found.ravel()], axis=1)
    pairs = pairs[(pairs[:, 1] >= 0) & (pairs[:, 0] != pairs[:, 1])]
    there, place = np.unique(pairs, return_inverse=True)
    dates = np.where(generation.published == UNDATED, np.nan, generation.published)
    unknown = np.full(len(pairs), np.nan)
    features = Features(
        cosines=pair_cosines(generation.vectors(there), place.reshape(pairs.shape)),
        terms=unknown,
        days=np.abs(dates[pairs[:, 0]] - dates[pairs[:, 1]]) / SECONDS_OF_A_DAY,
        conflicts=unknown,
        templates=np.zeros(len(pairs), np.bool_),
    )
    return weigh(features, TimeEvidence(dates, model), model).mixture
