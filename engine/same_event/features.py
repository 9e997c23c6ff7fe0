"""What is measured on a pair of articles; each feature is defined when parts are missing.

Measured and left out, because at a given cosine they told nothing more on the development
sets or took another sign: overlap of words, local density, rank (see the decision page).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Set
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import count
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Neighbours, Rows
from engine.same_event.bags import Bags, Gathered
from engine.same_event.pairs import PAIRS_AT_ONCE, Pairs, sorted_unique
from engine.same_event.window import SECONDS_OF_A_DAY, Window
from engine.words.terms import words

Floats = npt.NDArray[np.float64]
"""Float64, shape (n_pairs,)."""


TEMPLATE_WORDS, TEMPLATE_NUMBERS, TEMPLATE_DAYS = 0.4, 0.5, 0.5
"""Least share of words in common, share of numbers that differ, and days between, of two
fillings of one template. On the sample, meantime and the roundups none of the 25 such
candidate pairs is one event; corrected versions of a report keep most numbers or the day."""


MOST_THREADS = 4
"""Blocks of pairs that are measured at once, since each takes 50 MB."""

KEPT_LEADS = 5000
"""Articles whose words are kept at once, which takes some 50 MB."""

LEADS_AT_ONCE = 512
"""Leads that are read together; of fewer, one by one, as questions do not wait for the tables of a
`Scan`."""


@dataclass(frozen=True, slots=True)
class Features:
    """Parallel arrays over pairs, each of shape (n_pairs,).

    Attributes
    ----------
    cosines
        Of the centred vectors, in [-1, 1].
    terms
        Overlap of names and numbers, see `WindowTerms.compare`, in [0, 1]; NaN where either
        has none.
    days
        Between publications, at least 0; NaN where a date is missing.
    conflicts
        Numbers that differ, see `WindowTerms.compare`, in [0, 1]; NaN where either
        has none. Templated texts (prices, results, weather) agree in all but these.
    templates
        Bool: one outlet filled one template twice, see `repeated_templates`.
    """

    cosines: Floats
    terms: Floats
    days: Floats
    conflicts: Floats
    templates: npt.NDArray[np.bool_]

    def followed_by(self, other: Features) -> Features:
        """Return the features of these pairs and then those of `other`."""
        names = [field.name for field in fields(self)]
        return Features(*(np.append(getattr(self, name), getattr(other, name)) for name in names))


class Terms(Protocol):
    """The names and numbers of the articles of a window."""

    def compare(self, pairs: Pairs) -> Floats:
        """Return overlap of terms and conflict of numbers, (2, n_pairs); see `Features`."""


def pair_features(
    window: Window, pairs: Pairs, terms: Terms, near: Neighbours | None = None
) -> Features:
    """Measure `pairs` of rows of `window`, which has `terms`.

    Parameters
    ----------
    window, pairs, terms
        The articles, what is measured, and what they name.
    near
        The nearest rows of each article, where most of the pairs are among them.
    """
    left, right = pairs.T
    days = np.abs(window.published[left] - window.published[right]) / SECONDS_OF_A_DAY
    overlaps, conflicts = by_blocks(lambda some: terms.compare(pairs[some]), len(pairs))
    return Features(
        cosines=pair_cosines(window.vectors, pairs, near),
        terms=overlaps,
        days=days,
        conflicts=conflicts,
        templates=repeated_templates(window, pairs, days, conflicts),
    )


def pair_cosines(vectors: Embeddings, pairs: Pairs, near: Neighbours | None = None) -> Floats:
    """Return the cosine of each pair of rows of `vectors`.

    Parameters
    ----------
    vectors, pairs
        Float32 unit rows, (n, dim), and the pairs.
    near
        Neighbours of each row, whose cosines are known; see `pair_features`.
    """

    def cosines(some: slice) -> Floats:
        found = np.full(len(pairs[some]), np.nan) if near is None else _known(near, pairs[some])
        lacking = np.flatnonzero(np.isnan(found))
        left, right = pairs[some][lacking].T
        found[lacking] = np.einsum("ij,ij->i", vectors[left], vectors[right])
        return found

    return by_blocks(cosines, len(pairs))


def _known(near: Neighbours, pairs: Pairs) -> Floats:
    """Return the cosines of those pairs of which either row is near the other, NaN of others.

    To look for them takes a tenth of the time that computing them does.
    """
    found = np.full(len(pairs), np.nan)
    for one, other in (pairs.T, pairs.T[::-1]):
        lacking = np.flatnonzero(np.isnan(found))
        rows = one[lacking]
        lines, places = np.nonzero(near.rows[rows] == other[lacking, None])
        found[lacking[lines]] = near.cosines[rows[lines], places]
    return found


def by_blocks(measure: Callable[[slice], Floats], n_pairs: int) -> Floats:
    """Return what `measure` says of all pairs, asked of blocks of them.

    Numpy and scipy let other threads run while they work, so processors share the blocks.

    Parameters
    ----------
    measure
        Returns an array whose last axis is that of the pairs.
    n_pairs
        Their number.
    """
    blocks = [
        slice(start, start + PAIRS_AT_ONCE) for start in range(0, max(1, n_pairs), PAIRS_AT_ONCE)
    ]
    if len(blocks) == 1:
        return measure(blocks[0])
    from concurrent.futures import ThreadPoolExecutor  # questions, which have few pairs, need none

    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads:
        return np.concatenate(list(threads.map(measure, blocks)), axis=-1)


def repeated_templates(
    window: Window, pairs: Pairs, days: Floats, conflicts: Floats
) -> npt.NDArray[np.bool_]:
    """Tell the pairs in which one known outlet says the same with other numbers days apart."""
    templates = np.zeros(len(pairs), dtype=np.bool_)
    with np.errstate(invalid="ignore"):  # what is not known compares as false
        likely = np.flatnonzero((days >= TEMPLATE_DAYS) & (conflicts >= TEMPLATE_NUMBERS))
    if not len(likely):  # of a question, which has no date
        return templates
    left, right = _outlets(window, pairs[likely])
    likely = likely[(left == right) & (left > 0)]
    leading_words = _leading_words(window, Rows(sorted_unique(pairs[likely].ravel())))
    for place in likely.tolist():
        mine, others = map(leading_words, pairs[place].tolist())
        both = len(mine & others)
        share = both / max(1, len(mine) + len(others) - both)
        templates[place] = share >= TEMPLATE_WORDS
    return templates


def _leading_words(window: Window, rows: Rows) -> Callable[[int], Set[str | int]]:
    """Return what gives the words of the lead of each of `rows`, or numbers that stand for them."""
    if len(rows) < LEADS_AT_ONCE:
        return lru_cache(KEPT_LEADS)(lambda row: set(words(window.lead(row))))
    gathered = Gathered(1)
    for start in range(0, len(rows), LEADS_AT_ONCE):
        some = rows[start : start + LEADS_AT_ONCE].tolist()
        gathered.join([Bags.of_words([window.lead(row) for row in some])])
    (bags,) = gathered.bags()
    place = {row: place for place, row in enumerate(rows.tolist())}
    # An article is in a dozen such pairs or more.
    return lru_cache(KEPT_LEADS)(lambda row: set(bags.of(place[row])))


def _outlets(window: Window, pairs: Pairs) -> npt.NDArray[np.int64]:
    """Return a number for the outlet of the first and of the second of each pair, (2, n_pairs).

    It is 0 where the outlet is not known.
    """
    rows = np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(window)))
    number = defaultdict[str, int](count(1).__next__, {"": 0})
    outlets = np.zeros(len(window), np.int64)
    outlets[rows] = [number[window.sources[row]] for row in rows.tolist()]
    return outlets[pairs.T]
