"""What is measured on a pair of articles; each feature is defined when parts are missing.

Measured and left out, because at a given cosine they told nothing more on the development
sets: overlap of words, rare words and names, local density, rank (see the decision page).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.clustering.candidates import Pairs
from engine.clustering.terms import numbers, words
from engine.clustering.window import Window
from engine.domain import LEAD_CHARACTERS, Embeddings

Floats = npt.NDArray[np.float64]
"""Float64, shape (n_pairs,)."""

PAIRS_AT_ONCE = 65536
"""Pairs measured in one step; bounds the memory to two blocks of that many vectors."""

SECONDS_OF_A_DAY = 86400.0

TEMPLATE_WORDS, TEMPLATE_NUMBERS, TEMPLATE_DAYS = 0.4, 0.5, 0.5
"""Least share of words in common, share of numbers that differ, and days between, of two
fillings of one template. On the sample, meantime and the roundups none of the 25 such
candidate pairs is one event; corrected versions of a report keep most numbers or the day."""


@dataclass(frozen=True, slots=True)
class Features:
    """Parallel arrays over pairs, each of shape (n_pairs,).

    Attributes
    ----------
    cosines
        Of the centred vectors, in [-1, 1].
    days
        Between publications, at least 0; NaN where a date is missing.
    conflicts
        Share of the numbers of the article with fewer that the other does not have, in
        [0, 1]; NaN where either has none. Templated texts (prices, results, weather) agree
        in all but these.
    templates
        Bool: one outlet filled one template twice, see `repeated_templates`.
    """

    cosines: Floats
    days: Floats
    conflicts: Floats
    templates: npt.NDArray[np.bool_]


def pair_features(window: Window, pairs: Pairs) -> Features:
    """Measure `pairs` of rows of `window`."""
    left, right = pairs.T
    days = np.abs(window.published[left] - window.published[right]) / SECONDS_OF_A_DAY
    found = [leading_numbers(window, row) for row in range(len(window))]
    conflicts = number_conflicts(found, pairs)
    return Features(
        cosines=pair_cosines(window.vectors, pairs),
        days=days,
        conflicts=conflicts,
        templates=repeated_templates(window, pairs, days, conflicts),
    )


def pair_cosines(vectors: Embeddings, pairs: Pairs) -> Floats:
    """Return the cosine of each pair of rows of `vectors`."""
    cosines = np.empty(len(pairs))
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        left, right = pairs[start : start + PAIRS_AT_ONCE].T
        cosines[start : start + PAIRS_AT_ONCE] = np.einsum(
            "ij,ij->i", vectors[left], vectors[right]
        )
    return cosines


def leading_numbers(window: Window, row: int) -> set[str]:
    """Return the numbers in the title and lead of an article."""
    return set(numbers(f"{window.titles[row]}\n{window.bodies[row]}"[:LEAD_CHARACTERS]))


def number_conflicts(found: Sequence[set[str]], pairs: Pairs) -> Floats:
    """Return the share of unmatched numbers of each pair; see `Features.conflicts`."""
    conflicts = np.full(len(pairs), np.nan)
    n_numbers = np.array([len(each) for each in found], dtype=np.int64)
    fewer = n_numbers[pairs].min(axis=1)
    for place in np.flatnonzero(fewer).tolist():
        left, right = pairs[place].tolist()
        conflicts[place] = 1 - len(found[left] & found[right]) / fewer[place]
    return conflicts


def repeated_templates(
    window: Window, pairs: Pairs, days: Floats, conflicts: Floats
) -> npt.NDArray[np.bool_]:
    """Tell the pairs in which one known outlet says the same with other numbers days apart."""
    templates = np.zeros(len(pairs), dtype=np.bool_)
    with np.errstate(invalid="ignore"):  # what is not known compares as false
        likely = (days >= TEMPLATE_DAYS) & (conflicts >= TEMPLATE_NUMBERS)
    for place in np.flatnonzero(likely).tolist():
        left, right = pairs[place].tolist()
        if window.sources[left] and window.sources[left] == window.sources[right]:
            mine, others = _leading_words(window, left), _leading_words(window, right)
            share = len(mine & others) / max(1, len(mine | others))
            templates[place] = share >= TEMPLATE_WORDS
    return templates


def _leading_words(window: Window, row: int) -> set[str]:
    return set(words(f"{window.titles[row]}\n{window.bodies[row]}"[:LEAD_CHARACTERS]))
