"""Which words each of many articles has, as numbers: they take a tenth of what sets of them do."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.pairs import sorted_unique
from engine.words.cldr import calendar_words, unjoined
from engine.words.scanning import Places, Scan, Spans
from engine.words.terms import words_of_each

ROWS_AT_ONCE = 4096
"""Articles whose words are copied in one step, by places that take four times their room."""

_WORDS_AT_ONCE = 1 << 14
"""Words that are hashed in one step, which takes 50 bytes a character."""


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
        scan, spans = words_of_each(texts)
        words, columns = Packed.standing(scan, spans)
        return cls.told(words, scan.rows(spans.begins) * len(words) + columns, len(texts))

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
        first = np.arange(n_articles + 1) * len(words)  # of each article
        found = sorted_unique(found)
        starts = np.searchsorted(found, first)
        columns = found - np.repeat(first[:-1], np.diff(starts))
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

    def used(self) -> list[int]:
        """Return the places of words that articles have, ascending."""
        found = np.zeros(len(self.words), np.bool_)
        found[self.columns] = True
        places: list[int] = np.flatnonzero(found).tolist()
        return places

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


@dataclass(frozen=True, slots=True, eq=False)
class Packed(Sequence[str]):
    """Words that are sent and joined to others in a fraction of the time that strings take.

    Attributes
    ----------
    text
        What `joined` makes of them.
    hashes
        Uint64, (n_words,): a number for each, equal for equal words.
    """

    text: npt.NDArray[np.uint8]
    hashes: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, words: Sequence[str]) -> Packed:
        """Pack `words`, of which none holds the end of a line."""
        if isinstance(words, Packed):
            return words
        parts = [np.empty(0, np.uint64)]
        for first in range(0, len(words), _WORDS_AT_ONCE):
            scan = Scan(["\n".join(words[first : first + _WORDS_AT_ONCE])])
            ends = np.append(np.flatnonzero(scan.of("\n")), len(scan.text) - 1)
            parts.append(scan.hashes(Spans(np.append(0, ends[:-1] + 1), ends)))
        return cls(joined(words), np.concatenate(parts))

    @classmethod
    def standing(cls, scan: Scan, spans: Spans) -> tuple[Packed, Places]:
        """Return the words that stand in spans, each once, and the place among them of each span.

        No string is made of any; none of them holds the end of a line.
        """
        words, hashes, places = scan.numbered(spans)
        return cls(scan.lines(words), hashes), places

    @classmethod
    def united(cls, parts: Sequence[Packed]) -> tuple[Packed, Sequence[npt.NDArray[np.int32]]]:
        """Return all words, each once as it first stands, and the places among them of each part.

        Each of the parts may have a word several times.
        """
        first, numbers = _firsts(np.concatenate([part.hashes for part in parts]))
        ends = np.cumsum([len(part) for part in parts[:-1]])
        kept = [part.where(some) for part, some in zip(parts, np.split(first, ends), strict=True)]
        text = b"\n".join(part.text.tobytes() for part in kept if len(part))
        hashes = np.concatenate([part.hashes for part in kept])
        return cls(np.frombuffer(text, np.uint8), hashes), np.split(numbers, ends)

    def where(self, kept: npt.NDArray[np.bool_]) -> Packed:
        """Return the words that are kept, a flag each."""
        if kept.all():
            return self
        text = np.append(self.text, np.uint8(ord("\n")))
        ends = np.flatnonzero(text == ord("\n"))
        return Packed(text[np.repeat(kept, np.diff(ends, prepend=-1))][:-1], self.hashes[kept])

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.hashes)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        """Return a word; all of them are had by iteration."""
        return split(self.text)[place]

    def __iter__(self) -> Iterator[str]:
        """Yield each word."""
        return iter(split(self.text))


class Gathered:
    """Bags of several kinds, of one part of the articles after the other.

    Words are told apart by their hashes, those of many parts at once: to look each up among all
    strings takes twice as long.

    Parameters
    ----------
    n_kinds
        How many bags are gathered over the same words.
    at_once
        Words of parts that are told apart in one step, at least.
    """

    def __init__(self, n_kinds: int, *, at_once: int = 1 << 17) -> None:
        """Begin with no article."""
        self._at_once = at_once
        self._words: list[str] = []
        self._hashes = np.empty(0, np.uint64)
        self._waiting: list[tuple[Packed, npt.NDArray[np.bool_]]] = []
        self._n_waiting = 0
        self._columns = [array("i") for _ in range(n_kinds)]
        self._starts = [array("q", [0]) for _ in range(n_kinds)]
        self._n_numbered = [0] * n_kinds

    def join(self, parts: Sequence[Bags]) -> None:
        """Take in more articles, in one bag of each kind, all of them of the same words.

        Words that none of these articles has are left out.
        """
        used = np.zeros(len(parts[0].words), np.bool_)
        for bags in parts:
            used[bags.columns] = True
        place = np.cumsum(used, dtype=np.int32) + (len(self._words) + self._n_waiting - 1)
        for bags, columns, starts in zip(parts, self._columns, self._starts, strict=True):
            starts.frombytes((bags.starts[1:] + len(columns)).tobytes())
            columns.frombytes(place[bags.columns].tobytes())
        self._waiting.append((Packed.of(parts[0].words), used))
        self._n_waiting += int(np.count_nonzero(used))
        if self._n_waiting > max(self._at_once, len(self._words)):
            self._number()

    def _number(self) -> None:
        """Give each word that waits the number of its equal, and those that are new a new one."""
        waiting = [packed.hashes[used] for packed, used in self._waiting]
        hashes = np.concatenate([self._hashes, *waiting])
        first, numbers = _firsts(hashes)
        at = len(self._words)
        for packed, used in self._waiting:
            new, n_used = used.copy(), int(np.count_nonzero(used))
            new[used] = first[at : at + n_used]
            at += n_used
            if new.any():
                self._words += split(packed.where(new).text)
        self._hashes = hashes[first]
        for kind, columns in enumerate(self._columns):
            some = np.frombuffer(columns, np.int32)[self._n_numbered[kind] :]
            some[:] = numbers[some]
            self._n_numbered[kind] = len(columns)
        self._waiting, self._n_waiting = [], 0

    def bags(self) -> list[Bags]:
        """Return what was taken in, a bag a kind; nothing can be taken in after that."""
        self._number()
        return [
            Bags(self._words, np.frombuffer(columns, np.int32), np.frombuffer(starts, np.int64))
            for columns, starts in zip(self._columns, self._starts, strict=True)
        ]


def _firsts(
    hashes: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32]]:
    """Return which hashes are the first of their equals, and the number of these for each."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    group = np.cumsum(new) - 1
    places = np.minimum.reduceat(order, np.flatnonzero(new)) if len(order) else order
    first = np.zeros(len(hashes), np.bool_)
    first[places] = True
    number = np.cumsum(first, dtype=np.int32) - 1
    numbers = np.empty(len(hashes), np.int32)
    numbers[order] = number[places[group]]
    return first, numbers


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
    words: Mapping[int, str], n_words: int, languages: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return which of some words are months or weekdays in which language.

    Parameters
    ----------
    words, n_words
        Those that may be, by their places among all, and how many these are.
    languages
        Of each article.

    Returns
    -------
    numpy.ndarray
        Int64: what `numbered` gives the language, times the number of words, and the place added.
    """
    spoken = sorted(set(languages))
    asked = frozenset[str]().union(*map(calendar_words, spoken))
    written: defaultdict[str, list[int]] = defaultdict(list)
    for column, word in words.items():
        start = word if word.isalpha() else unjoined(word)
        if start in asked:
            written[start].append(column)
    keys = [
        place * n_words + column
        for place, language in enumerate(spoken)
        for start, columns in written.items()
        if start in calendar_words(language)
        for column in columns
    ]
    return np.array(keys, np.int64)
