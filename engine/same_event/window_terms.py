"""Names and numbers that articles share, in any script: who, where and how many.

They are what two reports of one event agree in when their wording does not, and what the
embeddings of look-alike events blur. Rare ones count for more, by inverse document frequency
(Sparck Jones 1972, "A statistical interpretation of term specificity").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from sys import intern

import numpy as np
import numpy.typing as npt
from scipy import sparse

from engine.domain import LEAD_CHARACTERS
from engine.same_event.pairs import PAIRS_AT_ONCE, Pairs
from engine.same_event.window import Window
from engine.words.cldr import without_calendar
from engine.words.terms import bare, latin, numbers

READ_CHARACTERS = 2000
"""Start of an article that is read for names: on sets with bodies 600 and 4000 find less."""

STEM_CHARACTERS = 5
"""Start of a name in Latin letters that is compared: names are declined in many languages."""

SHORTEST_NAME = 3
"""Letters of a name at least: initials and particles are shared by chance."""

RARE_ARTICLES = 10
"""A term that stands in more articles of a window than this links no pair by itself; the
pairs that a term links grow with the square of its articles."""

RARE_TERMS = 2
"""Rare terms that a pair shares at least to be a candidate however far apart its vectors."""

_WORD = re.compile(r"[^\W\d_][\w’'-]+")
_BEGINNING = re.compile(r"[.!?:…\n“\"«„]+\s*")


class WindowTerms:
    """The names and numbers of each article of a window, weighed by how rare they are.

    Parameters
    ----------
    window
        The articles; the start of each is read.
    compared
        Whether overlaps will be asked for. Without, only numbers of the leads are read, and
        no article has terms.
    """

    def __init__(self, window: Window, *, compared: bool = True) -> None:
        """Read the start of every article."""
        texts = [
            f"{title}\n{body}" for title, body in zip(window.titles, window.bodies, strict=True)
        ]
        lead = [set(numbers(text[:LEAD_CHARACTERS])) for text in texts]
        self._numbers = _table(lead)
        terms = _terms(texts, window.languages, lead) if compared else [set() for _ in texts]
        self._terms = _table(terms)
        self._n_articles = np.asarray(self._terms.sum(axis=0)).ravel()
        weights = sparse.diags_array(np.log1p(len(texts) / np.maximum(self._n_articles, 1)))
        self._weights = sparse.csr_array(self._terms @ weights)

    def overlap(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return how much of the terms of the article with fewer the other has too.

        Returns
        -------
        numpy.ndarray
            Float64, shape (n_pairs,), in [0, 1], by squared weight; NaN where either
            article has no terms, as in scripts without capitals.
        """
        return _shared_part(self._weights, pairs)

    def number_conflicts(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return the share of the numbers of the article with fewer that the other lacks.

        Only numbers of title and lead are compared.

        Returns
        -------
        numpy.ndarray
            Float64, shape (n_pairs,), in [0, 1]; NaN where either has no number.
        """
        return 1 - _shared_part(self._numbers, pairs)

    def rare_pairs(self) -> Pairs:
        """Return the pairs of rows that share `RARE_TERMS` rare terms."""
        counts = self._n_articles
        rare = self._terms[:, np.flatnonzero((counts > 1) & (counts <= RARE_ARTICLES))]
        shared = sparse.triu(rare @ rare.T, k=1).tocoo()
        enough = shared.data >= RARE_TERMS
        return np.stack([shared.row[enough], shared.col[enough]], axis=1).astype(np.int64)


def _terms(
    texts: Sequence[str], languages: Sequence[str], lead: Sequence[set[str]]
) -> list[set[str]]:
    """Return the names and numbers in each text, whose lead has the numbers `lead`."""
    rest = [set(numbers(text[LEAD_CHARACTERS:READ_CHARACTERS])) for text in texts]
    names = _names([text[:READ_CHARACTERS] for text in texts], languages)
    return [
        found | {number for number in one | other if len(number) > 1}
        for found, one, other in zip(names, lead, rest, strict=True)
    ]


def _names(texts: Sequence[str], languages: Sequence[str]) -> list[set[str]]:
    """Return the names in each text, in a form that languages share.

    A name is a word that is written with a capital inside sentences, and mostly so. That
    leaves out what only begins a sentence, and the words of English headlines. Months and
    weekdays are none: unlike events share them.
    """
    inside: Counter[str] = Counter()
    small: Counter[str] = Counter()
    capitals: list[set[str]] = []
    for text in texts:
        first: set[str] = set()
        later: set[str] = set()
        for sentence in _BEGINNING.split(text):
            found = _WORD.findall(sentence)
            first.update(found[:1])
            later.update(found[1:])
        names = {intern(word) for word in later if word[0].isupper()}
        inside.update(names)
        small.update(later - names)
        capitals.append(names | {intern(word) for word in first})
    known = {name for name, n_found in inside.items() if n_found >= small[name.casefold()]}
    return [
        {stem for name in without_calendar(found & known, language) if (stem := _stem(name))}
        for found, language in zip(capitals, languages, strict=True)
    ]


def _stem(name: str) -> str:
    """Return the start of a name in Latin letters; empty for one too short to tell."""
    stem = latin(bare(name))[:STEM_CHARACTERS]
    return stem if len(stem) >= SHORTEST_NAME else ""


def _table(terms: Sequence[set[str]]) -> sparse.csr_array:
    """Return which article has which term: float64 zeros and ones, (n_articles, n_terms).

    Terms are in their own order, not that of the articles, so that sums do not depend on it.
    """
    place = {term: number for number, term in enumerate(sorted(set(chain(*terms))))}
    columns = np.fromiter((place[term] for found in terms for term in sorted(found)), np.int64)
    starts = np.cumsum([0, *map(len, terms)])
    shape = (len(terms), max(1, len(place)))
    return sparse.csr_array((np.ones(len(columns)), columns, starts), shape=shape)


def _shared_part(table: sparse.csr_array, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return the shared part of the smaller row of each pair; NaN where one is empty."""
    part = np.full(len(pairs), np.nan)
    sizes = np.asarray(table.multiply(table).sum(axis=1)).ravel()
    smaller = sizes[pairs].min(axis=1)
    defined = np.flatnonzero(smaller)
    for start in range(0, len(defined), PAIRS_AT_ONCE):
        block = defined[start : start + PAIRS_AT_ONCE]
        left, right = pairs[block].T
        shared = table[left].multiply(table[right]).sum(axis=1)
        part[block] = np.asarray(shared).ravel() / smaller[block]
    return part
