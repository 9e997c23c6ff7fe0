"""Why two articles are held to report one event, in parts a person can check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.clustering.terms import latin, names, numbers, words
from engine.clustering.window import Window

N_SHOWN = 6
"""Terms of a kind that are shown at most."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a score.

    Attributes
    ----------
    cosine
        Of the centred vectors, in [-1, 1].
    hours_apart
        Between the publications, or None where a date is missing.
    shared_names, shared_terms
        Names and rare words of both, in Latin letters, rarest first.
    shared_numbers
        Numbers of both.
    only_first, only_second
        Numbers that only one has: what would tell templated texts apart.
    """

    cosine: float
    hours_apart: float | None
    shared_names: tuple[str, ...]
    shared_terms: tuple[str, ...]
    shared_numbers: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def explain(window: Window, first: int, second: int) -> Explanation:
    """Explain the pair of rows `first` and `second` of `window`."""
    texts = [f"{window.titles[row]}\n{window.bodies[row]}" for row in (first, second)]
    found_names = [set(names(text)) for text in texts]
    found_words = [{latin(word) for word in words(text)} for text in texts]
    found_numbers = [set(numbers(text)) for text in texts]
    shared_names = found_names[0] & found_names[1]
    shared_words = (found_words[0] & found_words[1]) - shared_names
    counts = _document_counts(window, shared_names | shared_words)
    gap = abs(float(window.published[first] - window.published[second])) / 3600
    return Explanation(
        cosine=float(window.vectors[first] @ window.vectors[second]),
        hours_apart=None if np.isnan(gap) else gap,
        shared_names=_rarest(shared_names, counts),
        shared_terms=_rarest(shared_words, counts),
        shared_numbers=tuple(sorted(found_numbers[0] & found_numbers[1])[:N_SHOWN]),
        only_first=tuple(sorted(found_numbers[0] - found_numbers[1])[:N_SHOWN]),
        only_second=tuple(sorted(found_numbers[1] - found_numbers[0])[:N_SHOWN]),
    )


def _document_counts(window: Window, terms: set[str]) -> Counter[str]:
    """Return in how many articles of `window` each of `terms` stands."""
    counts: Counter[str] = Counter()
    for title, body in zip(window.titles, window.bodies, strict=True):
        counts.update(terms & {latin(word) for word in words(f"{title}\n{body}")})
    return counts


def _rarest(terms: set[str], counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(terms, key=lambda term: (counts[term], term))[:N_SHOWN])
