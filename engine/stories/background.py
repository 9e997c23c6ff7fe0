"""How usual a word is among the articles of a window, language by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags
from engine.words.forms import joins

Counts = npt.NDArray[np.int32]


class Background:
    """How many articles of a language have each word.

    Attributes
    ----------
    words
        All words, each once.
    sizes
        How many articles each language has.
    counts
        Int32, (n_words,) for each language: how many of its articles have each word.
    in_all
        Int32, (n_words,): how many of all articles have each.
    """

    def __init__(self, read: Bags, languages: Sequence[str]) -> None:
        """Count the words `read` of articles in `languages`."""
        self.words = read.words
        self.sizes = Counter(languages)
        spoken = np.array(languages, np.str_)
        self.counts = {
            language: _counted(read.take(Rows(np.flatnonzero(spoken == language))))
            for language in self.sizes
        }
        self.in_all = _counted(read)
        self._n_articles = len(read)

    def __len__(self) -> int:
        """Return the number of articles."""
        return self._n_articles

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each word, made where it is asked for: workers are not sent it."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def joining(self) -> npt.NDArray[np.bool_]:
        """Which words are in a script that joins little words to others, (n_words,)."""
        return np.fromiter(map(joins, self.words), np.bool_, len(self.words))


def _counted(read: Bags) -> Counts:
    return read.n_articles().astype(np.int32)
