"""What the texts of a window say, each read once, whatever it is then compared with.

Which words are names and which are rare depends on the articles that are looked at together;
what an article says does not. So parts of a window are judged without reading it again, as the
self-check does, and words are kept as numbers, which take a tenth of what sets of them do.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS, Rows
from engine.same_event.copies import Signature, lead_key, signature_of
from engine.same_event.window import Window, content_key
from engine.words.terms import find_numbers

READ_CHARACTERS = 2000
"""Start of an article that is read for names: on sets with bodies 600 and 4000 find less."""

_WORD = re.compile(r"[^\W\d_][\w’'-]+")
_BEGINNING = re.compile(r"[.!?:…\n“\"«„]+\s*")


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
        chosen = wanted[self.columns]
        starts = np.concatenate([[0], np.cumsum(chosen)])[self.starts]
        return Bags(self.words, self.columns[chosen], starts)

    def of(self, row: int) -> list[int]:
        """Return the places in `words` of those of one article."""
        found: list[int] = self.columns[self.starts[row] : self.starts[row + 1]].tolist()
        return found

    def take(self, rows: Rows) -> Bags:
        """Return the words of `rows`, in that order."""
        sizes = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], sizes)
        return Bags(self.words, self.columns[places], starts)


@dataclass(frozen=True, slots=True)
class Readings:
    """Parallel to the articles of a window.

    Attributes
    ----------
    contents, leads
        Digests of all that an article is, and of its lead whatever its case and spacing.
    signatures
        By which near copies are looked for; None for a body too short to tell.
    first, later
        Words that begin a sentence of the start of an article, and those inside sentences;
        both have the same `Bags.words`.
    lead_numbers, numbers
        As they are written, of the lead and of all that is read.
    """

    contents: Sequence[bytes]
    leads: Sequence[bytes]
    signatures: Sequence[Signature | None]
    first: Bags
    later: Bags
    lead_numbers: Bags
    numbers: Bags

    @classmethod
    def of(cls, window: Window) -> Readings:
        """Read every article of `window`."""
        rows = range(len(window))
        words, numbers = Gathered(2), Gathered(2)
        for row in rows:
            text = f"{window.titles[row]}\n{window.bodies[row]}"[:READ_CHARACTERS]
            words.add(*_words(text))
            lead = set(find_numbers(text[:LEAD_CHARACTERS]))
            numbers.add(lead, lead | set(find_numbers(text[LEAD_CHARACTERS:])))
        return cls(
            [content_key(window, row) for row in rows],
            [lead_key(window, row) for row in rows],
            [signature_of(body) for body in window.bodies],
            *words.bags(),
            *numbers.bags(),
        )

    def take(self, rows: Rows) -> Readings:
        """Return the readings of `rows`, in that order."""
        picked = rows.tolist()
        return Readings(
            [self.contents[row] for row in picked],
            [self.leads[row] for row in picked],
            [self.signatures[row] for row in picked],
            self.first.take(rows),
            self.later.take(rows),
            self.lead_numbers.take(rows),
            self.numbers.take(rows),
        )


def _words(text: str) -> tuple[set[str], set[str]]:
    """Return the words that begin a sentence of `text`, and those inside sentences."""
    first: set[str] = set()
    later: set[str] = set()
    for sentence in _BEGINNING.split(text):
        found = _WORD.findall(sentence)
        first.update(found[:1])
        later.update(found[1:])
    return first, later


class Gathered:
    """Words of several kinds, numbered as they come.

    Parameters
    ----------
    n_kinds
        How many bags are gathered over the same words.
    """

    def __init__(self, n_kinds: int) -> None:
        """Begin with no article."""
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._columns = [array("i") for _ in range(n_kinds)]
        self._starts: list[list[int]] = [[0] for _ in range(n_kinds)]

    def add(self, *found: Iterable[str]) -> None:
        """Take in the words of one more article, of each kind."""
        for words, columns, starts in zip(found, self._columns, self._starts, strict=True):
            columns.extend(map(self._numbers.__getitem__, words))
            starts.append(len(columns))

    def bags(self) -> list[Bags]:
        """Return what was taken in, a bag a kind."""
        words = list(self._numbers)
        return [
            Bags(words, np.array(columns, np.int32), np.array(starts, np.int64))
            for columns, starts in zip(self._columns, self._starts, strict=True)
        ]
