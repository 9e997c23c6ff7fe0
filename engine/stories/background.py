"""How usual a word is among the articles of a window, language by language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags
from engine.words.forms import joins


class Background:
    """How many articles of a language have each word.

    Attributes
    ----------
    words
        All words, each once.
    languages
        The number of each language.
    sizes
        Int64, (n_languages,): how many articles each has.
    counts
        Int32, (n_languages, n_words): how many of them have each word.
    in_all
        Int32, (n_words,): how many of all articles have each.
    """

    def __init__(self, read: Bags, languages: Sequence[str]) -> None:
        """Count the words `read` of articles in `languages`."""
        self.words = read.words
        self.languages = {
            language: number for number, language in enumerate(dict.fromkeys(languages))
        }
        numbers = map(self.languages.__getitem__, languages)
        spoken = np.fromiter(numbers, np.int64, len(languages))
        self.sizes = np.bincount(spoken, minlength=len(self.languages))
        self.counts = np.empty((len(self.languages), len(read.words)), np.int32)
        for number, counts in enumerate(self.counts):
            counts[:] = read.take(Rows(np.flatnonzero(spoken == number))).n_articles()
        self.in_all = self.counts.sum(axis=0, dtype=np.int32)
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
