"""Why two articles are held to report one event, in parts a person can check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.clustering.evidence import Evidence, weigh
from engine.clustering.features import pair_features
from engine.clustering.mixture import Mixture, probability, usual_mixture
from engine.clustering.pair_model import PairModel, shipped_model
from engine.clustering.terms import latin, names, numbers, words
from engine.clustering.window import Window
from engine.clustering.window_terms import WindowTerms

N_SHOWN = 6
"""Terms of a kind that are shown at most."""

COMMON_SHARE = 0.1
"""A word that stands in more of a window's articles than this says nothing of a pair."""


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
    names_only_first, names_only_second
        Names that only one has, rarest first: other people and places, where they differ.
    probability
        That both report the same event, in [0, 1].
    conflict
        Log-odds that differing numbers take off, or agreeing ones add; 0 when there are
        none to compare.
    template
        One outlet filled one template with other numbers: two events.
    """

    cosine: float
    hours_apart: float | None
    shared_names: tuple[str, ...]
    shared_terms: tuple[str, ...]
    shared_numbers: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    names_only_first: tuple[str, ...]
    names_only_second: tuple[str, ...]
    probability: float
    conflict: float
    template: bool


def explain(
    window: Window,
    first: int,
    second: int,
    *,
    counts: Counter[str] | None = None,
    mixture: Mixture | None = None,
    model: PairModel | None = None,
) -> Explanation:
    """Explain the pair of rows `first` and `second` of `window`.

    Parameters
    ----------
    window, first, second
        The articles; the rarity of terms is counted in the window.
    counts
        What `document_counts` returns for `window`, to explain many pairs at the cost of
        one; None counts anew.
    mixture
        What `judge` fitted to the pairs of the window; None takes what holds for most
        windows, which tells less.
    model
        What is known of pairs; None takes the model that comes with the engine.
    """
    texts = [f"{window.titles[row]}\n{window.bodies[row]}" for row in (first, second)]
    found_names = [set(names(text)) for text in texts]
    found_words = [{latin(word) for word in words(text)} for text in texts]
    found_numbers = [set(numbers(text)) for text in texts]
    shared_names = found_names[0] & found_names[1]
    shared_words = (found_words[0] & found_words[1]) - shared_names
    # Words that are written small in the other text are no names that it lacks.
    own_names = [found_names[i] - found_names[1 - i] - found_words[1 - i] for i in (0, 1)]
    if counts is None:
        counts = document_counts(window)
    most = max(2, int(COMMON_SHARE * len(window)))
    rare = {term for term in shared_words if counts[term] <= most}
    gap = abs(float(window.published[first] - window.published[second])) / 3600
    evidence, template = _evidence(window, first, second, mixture, model or shipped_model())
    return Explanation(
        cosine=float(window.vectors[first] @ window.vectors[second]),
        hours_apart=None if np.isnan(gap) else gap,
        shared_names=_rarest(shared_names, counts),
        shared_terms=_rarest(rare, counts),
        shared_numbers=tuple(sorted(found_numbers[0] & found_numbers[1])[:N_SHOWN]),
        only_first=tuple(sorted(found_numbers[0] - found_numbers[1])[:N_SHOWN]),
        only_second=tuple(sorted(found_numbers[1] - found_numbers[0])[:N_SHOWN]),
        names_only_first=_rarest(own_names[0], counts),
        names_only_second=_rarest(own_names[1], counts),
        probability=float(probability(evidence.total)[0]),
        conflict=float(evidence.conflict[0]),
        template=template,
    )


def _evidence(
    window: Window, first: int, second: int, mixture: Mixture | None, model: PairModel
) -> tuple[Evidence, bool]:
    """Return the evidence of one pair, its date weighed in the window, and if it is a template."""
    features = pair_features(window, np.array([[first, second]]), WindowTerms(window))
    usual = usual_mixture(model) if mixture is None else mixture
    evidence = weigh(features, window.published, model, mixture=usual)
    return evidence, bool(features.templates[0])


def document_counts(window: Window) -> Counter[str]:
    """Return in how many articles of `window` each word stands, in Latin letters."""
    counts: Counter[str] = Counter()
    for title, body in zip(window.titles, window.bodies, strict=True):
        counts.update({latin(word) for word in words(f"{title}\n{body}")})
    return counts


def _rarest(terms: set[str], counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(terms, key=lambda term: (counts[term], term))[:N_SHOWN])
