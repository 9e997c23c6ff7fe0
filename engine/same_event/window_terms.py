"""Names and numbers that articles share, in any script: who, where and how many.

They are what two reports of one event agree in when their wording does not, and what the
embeddings of look-alike events blur. Rare ones count for more, by inverse document frequency
(Sparck Jones 1972, "A statistical interpretation of term specificity").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import ROWS_AT_ONCE, Bags, calendar_keys, numbered
from engine.same_event.pairs import Pairs, sorted_unique
from engine.same_event.readings import Readings, Said
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
    def of(cls, window: Window, said: Said | None = None) -> WindowTerms:
        """Return the terms of `window`, which is read unless it is known what its articles say."""
        said = said or Readings.of(window).said(Rows(np.arange(len(window))))
        written = [plain(number) for number in said.numbers.words]
        numbers, in_leads = (
            replace(found, words=written) for found in (said.numbers, said.lead_numbers)
        )
        return cls(*_table([numbers, *_names(window.languages, said)], in_leads, len(window)))

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


def _names(languages: Sequence[str], said: Said) -> list[Bags]:
    """Return the names in each text, in a form that languages share, perhaps repeatedly.

    A name is a word that is written with a capital inside sentences, and mostly so. That
    leaves out what only begins a sentence, and the words of English headlines. Months and
    weekdays are none: unlike events share them.
    """
    words, known = said.later.words, _known(said.later)
    stems = ["" if not is_name else _stem(word) for word, is_name in zip(words, known, strict=True)]
    known &= np.array([bool(stem) for stem in stems], np.bool_)
    names = {column: words[column] for column in np.flatnonzero(known).tolist()}
    keys = calendar_keys(names, len(words), languages)
    spoken = numbered(languages) * len(words)
    among = [bag.among(known) for bag in (said.first, said.later)]
    undated = [~np.isin(spoken[bag.rows] + bag.columns, keys) for bag in among]
    found = [bag.where(shown) for bag, shown in zip(among, undated, strict=True)]
    return [replace(bag, words=stems) for bag in found]


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


def _table(found: Sequence[Bags], in_leads: Bags, n_articles: int) -> tuple[sparse.csr_array, int]:
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
    placed = [(some, np.array([place[word] for word in some.words], np.int64)) for some in told]
    n_columns = max(1, len(columns))
    blocks = [
        _entries([_keys(*some, start, n_columns) for some in placed], n_columns)
        for start in range(0, max(1, n_articles), ROWS_AT_ONCE)
    ]
    flags, entries, sizes = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    starts = np.append(0, np.cumsum(sizes[:n_articles])).astype(np.int32)
    shape = n_articles, n_columns
    return sparse.csr_array((flags, entries, starts), shape=shape), len(words) - len(short)


def _keys(
    bags: Bags, of_word: npt.NDArray[np.int64], start: int, n_columns: int
) -> npt.NDArray[np.int64]:
    """Return a number for each word of the articles from `start` on, `ROWS_AT_ONCE` at most.

    It is the row from `start` on, times `n_columns`, and the column that `of_word` gives it added.
    """
    starts = bags.starts[start : start + ROWS_AT_ONCE + 1]
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    found: npt.NDArray[np.int64] = rows * n_columns + of_word[bags.columns[starts[0] : starts[-1]]]
    return found


def _entries(
    keys: Sequence[npt.NDArray[np.int64]], n_columns: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the values and columns of some rows of the table, and how many each row has.

    Parameters
    ----------
    keys
        What `_keys` returns, first of the numbers of leads.
    n_columns
        Of the table.
    """
    ordered = sorted_unique(
        np.concatenate([2 * some + (place > 0) for place, some in enumerate(keys)])
    )
    entries = ordered >> 1
    first = np.append(True, entries[1:] != entries[:-1])[: len(entries)]  # of a lead, if any is
    in_lead = (ordered[first] & 1) == 0
    rows, columns = np.divmod(entries[first], n_columns)
    flags = np.where(in_lead, np.int8(LEAD_NUMBER), np.int8(1))
    return flags, columns.astype(np.int32), np.bincount(rows, minlength=ROWS_AT_ONCE)
