"""Names and numbers that articles share, in any script: who, where and how many.

They are what two reports of one event agree in when their wording does not, and what the
embeddings of look-alike events blur. Rare ones count for more, by inverse document frequency
(Sparck Jones 1972, "A statistical interpretation of term specificity").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags, calendar_keys, numbered
from engine.same_event.pairs import Pairs, sorted_unique
from engine.same_event.readings import Readings
from engine.same_event.window import Window
from engine.words.terms import bare, latin, plain

if TYPE_CHECKING:
    from scipy import sparse

STEM_CHARACTERS = 5
"""Start of a name in Latin letters that is compared: names are declined in many languages."""

SHORTEST_NAME = 3
"""Letters of a name at least: initials and particles are shared by chance."""

SHORTEST_NUMBER = 2
"""Characters of a number that is a term at least."""

LEAD_NUMBER = 2
"""What stands in the table for a number of the lead, so that the product of two tells one that
both leads have."""

RARE_ARTICLES = 10
"""A term that stands in more articles of a window than this links no pair by itself; the
pairs that a term links grow with the square of its articles."""

RARE_TERMS = 2
"""Rare terms that a pair shares at least to be a candidate however far apart its vectors."""


class WindowTerms:
    """The names and numbers of each article of a window, weighed by how rare they are.

    Parameters
    ----------
    table
        Int8, (n_articles, n_columns): 1 for a term, 2 for a number of the lead.
    n_terms
        The columns from this on are numbers of one character, which are no terms.
    """

    def __init__(self, table: sparse.csr_array, n_terms: int) -> None:
        """Weigh each term."""
        self._table, self._n_terms = table, n_terms
        self._n_articles = np.bincount(table.indices, minlength=table.shape[1])
        weights = np.log1p(table.shape[0] / np.maximum(self._n_articles, 1))
        self._squares = weights * weights
        self._sizes = self._weight(table)
        self._n_numbers = _sums(table.data == LEAD_NUMBER, table.indptr)

    @classmethod
    def of(cls, window: Window, read: Readings | None = None) -> WindowTerms:
        """Return the terms of `window`, which is read unless that was done."""
        read = read or Readings.of(window)
        written = [plain(number) for number in read.numbers.words]
        numbers, in_leads = (
            _Found(written, found.columns.astype(np.int64), found.rows)
            for found in (read.numbers, read.lead_numbers)
        )
        return cls(*_table([_names(window.languages, read), numbers], in_leads, len(window)))

    def compare(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        """Return what the terms and the numbers of pairs have in common.

        Both are found in one pass, as it takes as long to look for either. Tables of an octet an
        entry are multiplied in half the time of those of weights.

        Returns
        -------
        numpy.ndarray
            Float64, (2, n_pairs), in [0, 1]. First the overlap: how much of the terms of the
            article with fewer the other has too, by squared weight; NaN where either article
            has no terms, as in scripts without capitals. Then the share of the numbers in the
            lead of the article with fewer that the other lacks; NaN where either has none.
        """
        left, right = pairs.T
        shared = self._table[left].multiply(self._table[right])
        in_both = _sums(shared.data == LEAD_NUMBER * LEAD_NUMBER, shared.indptr)
        return np.stack(
            [
                _part(self._weight(shared), np.minimum(self._sizes[left], self._sizes[right])),
                1 - _part(in_both, np.minimum(self._n_numbers[left], self._n_numbers[right])),
            ]
        )

    def rare_pairs(self) -> Pairs:
        """Return the pairs of rows that share `RARE_TERMS` rare terms."""
        from scipy import sparse

        counts = self._n_articles[: self._n_terms]
        chosen = np.flatnonzero((counts > 1) & (counts <= RARE_ARTICLES))
        rare = self._table[:, chosen].astype(np.int32)
        rare.data[:] = 1
        shared = sparse.triu(rare @ rare.T, k=1).tocoo()
        enough = shared.data >= RARE_TERMS
        return np.stack([shared.row[enough], shared.col[enough]], axis=1).astype(np.int64)

    def _weight(self, table: sparse.csr_array) -> npt.NDArray[np.float64]:
        """Return the sum of the squared weights of the terms of each row of `table`."""
        columns, starts = table.indices, table.indptr
        others = np.flatnonzero(columns >= self._n_terms)
        if len(others):  # a sum is cut into parts by its length: zeros would change its last bit
            columns = np.delete(columns, others)
            starts = starts - np.searchsorted(others, starts)
        return _sums(self._squares[columns], starts)


def _sums(
    values: npt.NDArray[np.generic], starts: npt.NDArray[np.integer]
) -> npt.NDArray[np.float64]:
    """Return the sum of the values of each row; those of row i end where those of i + 1 start."""
    sums = np.zeros(len(starts) - 1)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        sums[filled] = np.add.reduceat(values, starts[filled], dtype=np.float64)
    return sums


def _part(
    shared: npt.NDArray[np.float64], smaller: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return what is shared as a part of the smaller of both; NaN where that is nothing."""
    part = np.full(len(shared), np.nan)
    np.divide(shared, smaller, out=part, where=smaller > 0)
    return part


@dataclass(frozen=True, slots=True)
class _Found:
    """Terms of articles: `words[columns[i]]` in the article `rows[i]`, perhaps repeatedly."""

    words: Sequence[str]
    columns: npt.NDArray[np.int64]
    rows: Rows


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
    keys = calendar_keys(words, sorted_unique(columns), languages)
    undated = ~np.isin(numbered(languages)[rows] * len(words) + columns, keys)
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


def _stem(name: str) -> str:
    """Return the start of a name in Latin letters; empty for one too short to tell."""
    stem = latin(bare(name))[:STEM_CHARACTERS]
    return stem if len(stem) >= SHORTEST_NAME else ""


def _table(
    found: Sequence[_Found], in_leads: _Found, n_articles: int
) -> tuple[sparse.csr_array, int]:
    """Return which article has which term or number, and how many columns are terms.

    Terms are in their own order, not that of the articles, so that sums do not depend on it.

    Parameters
    ----------
    found
        Names and numbers.
    in_leads
        Those of these numbers that are in the lead.
    n_articles
        Their number.

    Returns
    -------
    table, n_terms
        As `WindowTerms` takes them.
    """
    from scipy import sparse  # as long to import as a question takes, which needs none of it

    told = [in_leads, *found]
    words = set(chain.from_iterable(some.words for some in told))
    short = {word for word in words if len(word) < SHORTEST_NUMBER}
    columns = [*sorted(words - short), *sorted(short)]
    place = {word: column for column, word in enumerate(columns)}
    n_columns = max(1, len(columns))
    keys = []
    for some in told:
        of_word = np.array([place[word] for word in some.words], np.int64)
        keys.append(2 * (some.rows * n_columns + of_word[some.columns]) + (some is not in_leads))
    ordered = sorted_unique(np.concatenate(keys))
    entries = ordered >> 1
    first = np.append(True, entries[1:] != entries[:-1])[: len(entries)]  # of a lead, if any is
    in_lead = (ordered[first] & 1) == 0
    flags = np.where(in_lead, np.int8(LEAD_NUMBER), np.int8(1))
    entries, begins = entries[first], np.arange(n_articles + 1) * n_columns
    starts = np.searchsorted(entries, begins)
    entries -= np.repeat(begins[:-1], np.diff(starts))
    parts = flags, entries.astype(np.int32), starts.astype(np.int32)
    return sparse.csr_array(parts, shape=(n_articles, n_columns)), len(words) - len(short)
