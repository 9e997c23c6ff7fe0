"""Names and numbers that articles share, in any script: who, where and how many.

They are what two reports of one event agree in when their wording does not, and what the
embeddings of look-alike events blur. Rare ones count for more, by inverse document frequency
(Sparck Jones 1972, "A statistical interpretation of term specificity").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags
from engine.same_event.pairs import Pairs, sorted_unique
from engine.same_event.readings import Readings
from engine.same_event.window import Window
from engine.words.cldr import calendar_words, unjoined
from engine.words.terms import bare, latin, plain

if TYPE_CHECKING:
    from scipy import sparse

STEM_CHARACTERS = 5
"""Start of a name in Latin letters that is compared: names are declined in many languages."""

SHORTEST_NAME = 3
"""Letters of a name at least: initials and particles are shared by chance."""

RARE_ARTICLES = 10
"""A term that stands in more articles of a window than this links no pair by itself; the
pairs that a term links grow with the square of its articles."""

RARE_TERMS = 2
"""Rare terms that a pair shares at least to be a candidate however far apart its vectors."""


class WindowTerms:
    """The names and numbers of each article of a window, weighed by how rare they are.

    Parameters
    ----------
    numbers, terms
        Which article has which number in its lead, and which term: float64 zeros and ones.
    """

    def __init__(self, numbers: sparse.csr_array, terms: sparse.csr_array) -> None:
        """Weigh each term."""
        from scipy import sparse  # as long to import as a question takes, which needs none of it

        self._n_articles = np.bincount(terms.indices, minlength=terms.shape[1])
        weights = np.log1p(terms.shape[0] / np.maximum(self._n_articles, 1))
        weighed = weights[terms.indices], terms.indices, terms.indptr
        self._numbers = _Weighed(numbers)
        self._terms = _Weighed(sparse.csr_array(weighed, shape=terms.shape))

    @classmethod
    def of(cls, window: Window, read: Readings | None = None) -> WindowTerms:
        """Return the terms of `window`, which is read unless that was done."""
        read = read or Readings.of(window)
        numbers = _plain_numbers(read.numbers)
        long = np.array([len(number) > 1 for number in numbers.words], np.bool_)[numbers.columns]
        kept = _Found(numbers.words, numbers.columns[long], Rows(numbers.rows[long]))
        terms = _table([_names(window.languages, read), kept], len(window))
        return cls(_number_table(read.lead_numbers), terms)

    def overlap(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return how much of the terms of the article with fewer the other has too.

        Returns
        -------
        numpy.ndarray
            Float64, shape (n_pairs,), in [0, 1], by squared weight; NaN where either
            article has no terms, as in scripts without capitals.
        """
        return self._terms.shared_part(pairs)

    def number_conflicts(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return the share of the numbers of the article with fewer that the other lacks.

        Only numbers of title and lead are compared.

        Returns
        -------
        numpy.ndarray
            Float64, shape (n_pairs,), in [0, 1]; NaN where either has no number.
        """
        return 1 - self._numbers.shared_part(pairs)

    def rare_pairs(self) -> Pairs:
        """Return the pairs of rows that share `RARE_TERMS` rare terms."""
        from scipy import sparse

        counts = self._n_articles
        rare = self._terms.table[:, np.flatnonzero((counts > 1) & (counts <= RARE_ARTICLES))]
        rare.data[:] = 1
        shared = sparse.triu(rare @ rare.T, k=1).tocoo()
        enough = shared.data >= RARE_TERMS
        return np.stack([shared.row[enough], shared.col[enough]], axis=1).astype(np.int64)


class _Weighed:
    """What each article has, and how much all of it weighs.

    Parameters
    ----------
    table
        Float64 weights, (n_articles, n_terms).
    """

    def __init__(self, table: sparse.csr_array) -> None:
        self.table = table
        self._sizes = np.asarray(table.multiply(table).sum(axis=1)).ravel()

    def shared_part(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return the shared part of the smaller row of each pair; NaN where one is empty."""
        smaller = self._sizes[pairs].min(axis=1)
        defined = smaller > 0
        left, right = pairs[defined].T
        shared = self.table[left].multiply(self.table[right]).sum(axis=1)
        part = np.full(len(pairs), np.nan)
        part[defined] = np.asarray(shared).ravel() / smaller[defined]
        return part


@dataclass(frozen=True, slots=True)
class _Found:
    """Terms of articles: `words[columns[i]]` in the article `rows[i]`, perhaps repeatedly."""

    words: Sequence[str]
    columns: npt.NDArray[np.int64]
    rows: Rows


def _plain_numbers(found: Bags) -> _Found:
    words = [plain(number) for number in found.words]
    return _Found(words, found.columns.astype(np.int64), found.rows)


def _names(languages: Sequence[str], read: Readings) -> _Found:
    """Return the names in each text, in a form that languages share.

    A name is a word that is written with a capital inside sentences, and mostly so. That
    leaves out what only begins a sentence, and the words of English headlines. Months and
    weekdays are none: unlike events share them.
    """
    words = read.later.words
    known = _known(read.later)
    among = [bag.among(known) for bag in (read.first, read.later)]
    columns = np.concatenate([bag.columns for bag in among]).astype(np.int64)
    rows = Rows(np.concatenate([bag.rows for bag in among]))
    keys = _calendar_keys(words, sorted_unique(columns), languages)
    undated = ~np.isin(_numbered(languages)[rows] * len(words) + columns, keys)
    stems = ["" if not is_name else _stem(word) for word, is_name in zip(words, known, strict=True)]
    shown = np.array([bool(stem) for stem in stems], np.bool_)[columns] & undated
    return _Found(stems, columns[shown], Rows(rows[shown]))


def _known(later: Bags) -> npt.NDArray[np.bool_]:
    """Return which words are mostly written with a capital inside sentences."""
    n_articles = later.n_articles()
    upper = np.array([word[0].isupper() for word in later.words], np.bool_)
    place = {word: column for column, word in enumerate(later.words) if not upper[column]}
    known = upper & (n_articles > 0)
    for column in np.flatnonzero(known).tolist():
        small = place.get(later.words[column].casefold())
        known[column] = small is None or n_articles[column] >= n_articles[small]
    return known


def _numbered(languages: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each language among all, which are sorted."""
    return np.unique(np.array(languages, np.str_), return_inverse=True)[1].astype(np.int64)


def _calendar_keys(
    words: Sequence[str], columns: npt.NDArray[np.int64], languages: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return which of `columns` are months or weekdays in which language.

    As the place of the language times the number of words, and the column added.
    """
    written: defaultdict[str, list[int]] = defaultdict(list)
    for column in columns.tolist():
        written[unjoined(words[column])].append(column)
    keys = [
        place * len(words) + column
        for place, language in enumerate(sorted(set(languages)))
        for word in calendar_words(language)
        for column in written.get(word, ())
    ]
    return np.array(keys, np.int64)


def _stem(name: str) -> str:
    """Return the start of a name in Latin letters; empty for one too short to tell."""
    stem = latin(bare(name))[:STEM_CHARACTERS]
    return stem if len(stem) >= SHORTEST_NAME else ""


def _number_table(found: Bags) -> sparse.csr_array:
    """Return which article has which number."""
    return _table([_plain_numbers(found)], len(found))


def _table(found: Sequence[_Found], n_articles: int) -> sparse.csr_array:
    """Return which article has which term: float64 zeros and ones, (n_articles, n_terms).

    Terms are in their own order, not that of the articles, so that sums do not depend on it.
    """
    from scipy import sparse

    terms = sorted(set(chain.from_iterable(some.words for some in found)))
    place = {term: number for number, term in enumerate(terms)}
    keys = [
        some.rows * len(terms)
        + np.array([place[word] for word in some.words], np.int64)[some.columns]
        for some in found
    ]
    rows, columns = np.divmod(sorted_unique(np.concatenate(keys)), max(1, len(terms)))
    starts = np.searchsorted(rows, np.arange(n_articles + 1))
    shape = (n_articles, max(1, len(terms)))
    parts = np.ones(len(columns)), columns.astype(np.int32), starts.astype(np.int32)
    return sparse.csr_array(parts, shape=shape)
