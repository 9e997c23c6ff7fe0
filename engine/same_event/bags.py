"""Which words each of many articles has, as numbers: they take a tenth of what sets of them do."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, count

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.pairs import sorted_unique
from engine.words.cldr import calendar_words, unjoined
from engine.words.terms import words_of_each

ROWS_AT_ONCE = 4096
"""Articles whose words are copied in one step, by places that take four times their room."""


@dataclass(frozen=True, slots=True)
class Bags:
    """Which words each article has.

    Attributes
    ----------
    words
        All words, each once.
    columns
        Int32, (n_words_of_all,): places in `words`, article by article, each once an article.
    starts
        Int64, (n_articles + 1,): where those of each article begin.
    """

    words: Sequence[str]
    columns: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of_words(cls, texts: Sequence[str]) -> Bags:
        """Return the words of each text, as `engine.words.terms.words` gives them."""
        words, rows, places = words_of_each(texts)
        return cls.told(words, rows * len(words) + places, len(texts))

    @classmethod
    def told(cls, words: Sequence[str], found: npt.NDArray[np.int64], n_articles: int) -> Bags:
        """Return bags of what was found, perhaps repeatedly.

        Parameters
        ----------
        words
            All words, each once.
        found
            Of each, its article times the number of words, and its place in `words` added.
        n_articles
            Their number.
        """
        rows, columns = np.divmod(sorted_unique(found), max(1, len(words)))
        starts = np.searchsorted(rows, np.arange(n_articles + 1))
        return cls(words, columns.astype(np.int32), starts)

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.starts) - 1

    @property
    def rows(self) -> Rows:
        """Int64, (n_words_of_all,): the article of each of `columns`."""
        return Rows(np.repeat(np.arange(len(self)), np.diff(self.starts)))

    def n_articles(self) -> npt.NDArray[np.int64]:
        """Return how many articles have each word."""
        return np.bincount(self.columns, minlength=len(self.words))

    def among(self, wanted: npt.NDArray[np.bool_]) -> Bags:
        """Return the bags of those words for which `wanted`, (n_words,), is true."""
        return self.where(wanted[self.columns])

    def where(self, chosen: npt.NDArray[np.bool_]) -> Bags:
        """Return the bags of what is `chosen` of all that articles have, (n_words_of_all,)."""
        starts = np.concatenate([[0], np.cumsum(chosen)])[self.starts]
        return Bags(self.words, self.columns[chosen], starts)

    def of(self, row: int) -> list[int]:
        """Return the places in `words` of those of one article."""
        found: list[int] = self.columns[self.starts[row] : self.starts[row + 1]].tolist()
        return found

    def take(self, rows: Rows) -> Bags:
        """Return the words of `rows`, in that order."""
        starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[rows])])
        columns = np.empty(starts[-1], np.int32)
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            at = starts[first : first + len(some) + 1]
            places = np.repeat(self.starts[some] - at[:-1], np.diff(at))
            places += np.arange(at[0], at[-1])
            columns[at[0] : at[-1]] = self.columns[places]
        return Bags(self.words, columns, starts)


class Gathered:
    """Bags of several kinds, of one part of the articles after the other.

    Parameters
    ----------
    n_kinds
        How many bags are gathered over the same words.
    """

    def __init__(self, n_kinds: int) -> None:
        """Begin with no article."""
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._columns = [array("i") for _ in range(n_kinds)]
        self._starts = [array("q", [0]) for _ in range(n_kinds)]

    def join(self, parts: Sequence[Bags]) -> None:
        """Take in more articles, in one bag of each kind, all of them of the same words.

        Words that none of these articles has are left out.
        """
        used = np.zeros(len(parts[0].words), np.bool_)
        for bags in parts:
            used[bags.columns] = True
        words = map(self._numbers.__getitem__, compress(parts[0].words, used.tolist()))
        place = np.full(len(used), -1, np.int32)
        place[used] = np.fromiter(words, np.int32)
        for bags, columns, starts in zip(parts, self._columns, self._starts, strict=True):
            starts.frombytes((bags.starts[1:] + len(columns)).tobytes())
            columns.frombytes(place[bags.columns].tobytes())

    def bags(self) -> list[Bags]:
        """Return what was taken in, a bag a kind; nothing can be taken in after that."""
        words = list(self._numbers)
        return [
            Bags(words, np.frombuffer(columns, np.int32), np.frombuffer(starts, np.int64))
            for columns, starts in zip(self._columns, self._starts, strict=True)
        ]


def joined(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return words, of which none holds the end of a line, as the bytes of one text."""
    return np.frombuffer("\n".join(words).encode("utf-8", "surrogatepass"), np.uint8)


def split(text: npt.NDArray[np.uint8]) -> list[str]:
    """Return the words that `joined` was given."""
    return text.tobytes().decode("utf-8", "surrogatepass").split("\n") if len(text) else []


def numbered(values: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each value among all, which are sorted; int64, (n_values,)."""
    place = {value: place for place, value in enumerate(sorted(set(values)))}
    return np.array([place[value] for value in values], np.int64)


def calendar_keys(
    words: Sequence[str], columns: npt.NDArray[np.int64], languages: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return which of some words are months or weekdays in which language.

    Parameters
    ----------
    words, columns
        All words, and the places of those that may be.
    languages
        Of each article.

    Returns
    -------
    numpy.ndarray
        Int64: what `numbered` gives the language, times the number of words, and the column added.
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
