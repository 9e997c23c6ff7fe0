"""Why two articles are held to report one event, in parts a person can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.domain import Rows
from engine.same_event.evidence import Evidence
from engine.same_event.features import Features
from engine.same_event.names import find_names, noun_languages, written
from engine.same_event.pairs import Pairs
from engine.same_event.window import Window
from engine.words.cldr import calendar_words
from engine.words.terms import counted, latin, numbers, words
from engine.words.weekdays import weekdays

N_SHOWN = 6
"""Terms of a kind that are shown at most."""

COMMON_SHARE = 0.1
"""A word that stands in more of a window's articles than this says nothing of a pair."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a score.

    Log-odds are natural logarithms: 0.7 doubles the odds of one event, -0.7 halves them.
    Those of all parts add up to those of the probability.

    Attributes
    ----------
    probability
        That both report the same event, in [0, 1].
    cosine
        Of the centred vectors, in [-1, 1].
    hours_apart
        Between the publications, or None where a date is missing.
    prior
        Log-odds of any pair of near articles.
    by_cosine, by_time, by_terms
        Log-odds that the nearness in meaning, the time between, and shared names and numbers
        add, or take off; 0 where not weighed.
    conflict
        Log-odds that differing numbers take off, or agreeing ones add; 0 when there are
        none to compare.
    template
        One outlet filled one template with other numbers: two events.
    shared_names, shared_terms
        Names of both, and other rare words of both as the first writes them; rarest first.
    shared_numbers
        Numbers of both.
    only_first, only_second
        Numbers that only one has: what would tell templated texts apart.
    names_only_first, names_only_second
        Names that only one has, rarest first: other people and places, where they differ.
    weekdays_only_first, weekdays_only_second
        Days of the week that only one names, as it writes them, where both name some;
        not weighed.
    counted_apart
        A word and what each article counts by it, where no number is in both: magnitude, 6.1,
        5.8. Rarest words first; weighed by number alone.
    """

    probability: float
    cosine: float
    hours_apart: float | None
    prior: float
    by_cosine: float
    by_time: float
    by_terms: float
    conflict: float
    template: bool
    shared_names: tuple[str, ...]
    shared_terms: tuple[str, ...]
    shared_numbers: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    names_only_first: tuple[str, ...]
    names_only_second: tuple[str, ...]
    weekdays_only_first: tuple[str, ...]
    weekdays_only_second: tuple[str, ...]
    counted_apart: tuple[tuple[str, str, str], ...]


def explain(
    window: Window, pairs: Pairs, features: Features, evidence: Evidence
) -> list[Explanation]:
    """Explain pairs of rows of `window`, in order.

    Parameters
    ----------
    window
        The articles, and others among which their words are rare or common.
    pairs
        Int64, shape (n_pairs, 2): rows of `window`.
    features, evidence
        What was measured on the pairs, and how it was weighed.
    """
    counts = _document_counts(window)
    nouns = noun_languages(window)
    softer = evidence.temperature
    prior = evidence.mixture.prior / softer
    said = evidence.probabilities
    explained = []
    for place, (first, second) in enumerate(pairs.tolist()):
        days = float(features.days[place])
        explained.append(
            Explanation(
                probability=float(said[place]),
                cosine=float(features.cosines[place]),
                hours_apart=None if np.isnan(days) else 24 * days,
                prior=prior,
                by_cosine=float(evidence.cosine[place]) / softer - prior,
                by_time=float(evidence.time[place]) / softer,
                by_terms=float(evidence.terms[place]) / softer,
                conflict=float(evidence.conflict[place]) / softer,
                template=bool(features.templates[place]),
                **_named(window, first, second, counts, nouns),
                **_weekdays_apart(window, first, second),
                counted_apart=_counted_apart(window, first, second, counts),
            )
        )
    return explained


def _named(
    window: Window, first: int, second: int, counts: Counter[str], nouns: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Return what both articles name and what one has alone, as `Explanation` calls it."""
    texts = [f"{window.titles[row]}\n{window.bodies[row]}" for row in (first, second)]
    stated = [set(numbers(text)) for text in texts]
    said = [{latin(word): word for word in words(text)} for text in texts]
    found = find_names(window, Rows(np.array([first, second], np.int64)), nouns)
    called = [{latin(form) for form in name.spellings} for name in found]
    most = max(2, int(COMMON_SHARE * len(window)))
    rare = {word for word in said[0].keys() & said[1].keys() if counts[word] <= most}
    plain = rare.difference(*called, _calendar(window.languages[first]))

    def shown(rows: set[int], without: Collection[str]) -> tuple[str, ...]:
        """Return the names of just these rows, the rarest first, that are no words of others."""
        ranked = sorted(
            (max(counts[form] for form in forms), written(name, window.titles[first]))
            for name, forms in zip(found, called, strict=True)
            if name.rows == rows and forms.isdisjoint(without)
        )
        return tuple(dict.fromkeys(text for _, text in ranked))[:N_SHOWN]

    return {
        "shared_names": shown({first, second}, set()),
        "shared_terms": tuple(said[0][word] for word in _rarest(plain, counts)),
        "shared_numbers": _first_numbers(stated[0] & stated[1]),
        "only_first": _first_numbers(stated[0] - stated[1]),
        "only_second": _first_numbers(stated[1] - stated[0]),
        "names_only_first": shown({first}, said[1]),
        "names_only_second": shown({second}, said[0]),
    }


def _weekdays_apart(window: Window, first: int, second: int) -> dict[str, tuple[str, ...]]:
    """Return the weekdays of the leads that only one has, as `Explanation` calls them."""
    one, other = (weekdays(window.lead(row), window.languages[row]) for row in (first, second))
    both = bool(one and other)
    return {
        "weekdays_only_first": tuple(one[day] for day in sorted(one.keys() - other) if both),
        "weekdays_only_second": tuple(other[day] for day in sorted(other.keys() - one) if both),
    }


def _counted_apart(
    window: Window, first: int, second: int, counts: Counter[str]
) -> tuple[tuple[str, str, str], ...]:
    """Return what the leads count by the same words with other numbers, each pair once."""
    one, other = (counted(window.lead(row)) for row in (first, second))
    most = max(2, int(COMMON_SHARE * len(window)))
    found: dict[tuple[str, str], str] = {}
    for word in sorted(one.keys() & other.keys(), key=lambda word: (counts[latin(word)], word)):
        if counts[latin(word)] <= most and one[word].isdisjoint(other[word]):
            values = ", ".join(sorted(one[word])), ", ".join(sorted(other[word]))
            found.setdefault(values, word)
    return tuple((word, *values) for values, word in found.items())[:N_SHOWN]


def _document_counts(window: Window) -> Counter[str]:
    """Return in how many articles of `window` each word stands, in Latin letters."""
    counts: Counter[str] = Counter()
    for title, body in zip(window.titles, window.bodies, strict=True):
        counts.update({latin(word) for word in words(f"{title}\n{body}")})
    return counts


def _calendar(language: str) -> set[str]:
    """Return the months and weekdays of a language, casefolded in Latin letters."""
    return {latin(word.casefold()) for word in calendar_words(language)}


def _rarest(terms: set[str], counts: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(terms, key=lambda term: (counts[term], term))[:N_SHOWN])


def _first_numbers(found: set[str]) -> tuple[str, ...]:
    return tuple(sorted(found)[:N_SHOWN])
