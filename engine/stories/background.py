"""How usual a word is among the articles of a window, language by language.

A word of every other German article tells nothing of a story that has two German articles,
however rare it is among all. So a story is compared with as many articles of its languages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags

LEAST_LIFT = 4.0
"""How much more often a story has a term than other articles of its languages do, at least:
weekdays, and the country that everything is about, mostly stay below. Of the names of the 505
stories of roundups_2021, 13 % are days and months at 3, 6 % at 4 (where 41 stories have no
name) and 4 % at 5 (135)."""


class Background:
    """How many articles of a language have each word.

    Attributes
    ----------
    words
        All words, each once.
    sizes
        How many articles each language has.
    """

    def __init__(self, read: Bags, languages: Sequence[str]) -> None:
        """Count the words `read` of articles in `languages`."""
        self.words = read.words
        self.sizes = Counter(languages)
        spoken = np.array(languages, np.str_)
        self._counts = {
            language: _counted(read.take(Rows(np.flatnonzero(spoken == language))))
            for language in self.sizes
        }
        self._all = _counted(read)
        self._n_articles = len(read)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The place of each word, made where it is asked for: workers are not sent it."""
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        """Return the number of articles."""
        return self._n_articles

    def count(self, word: str, language: str) -> int:
        """Return how many articles of a language have a word."""
        number = self._numbers.get(word)
        return 0 if number is None else int(self._counts[language][number])

    def count_in_all(self, word: str) -> int:
        """Return how many articles have a word."""
        number = self._numbers.get(word)
        return 0 if number is None else int(self._all[number])


def _counted(read: Bags) -> npt.NDArray[np.int32]:
    return read.n_articles().astype(np.int32)


class Contrast:
    """The articles of one story against the other articles of their languages.

    Parameters
    ----------
    background
        What is usual.
    languages, sources, read
        Of each article, and its words in the order of `background`.
    rows
        Those of the story.

    Attributes
    ----------
    voices
        By whom each row of the story is said: an outlet repeats itself, so it counts once.
        Where nothing but one outlet is known, its articles are told apart after all.
    said
        The voices that have each word of the story.
    """

    def __init__(
        self,
        background: Background,
        languages: Sequence[str],
        sources: Sequence[str],
        read: Bags,
        rows: Rows,
    ) -> None:
        """Count the words of `rows`."""
        self._background = background
        self._n_rows = len(rows)
        alone = {row: f"\n{row}" for row in rows.tolist()}
        named = {row: sources[row] or voice for row, voice in alone.items()}
        self.voices = named if len(set(named.values())) > 1 else alone
        self._n_voices = len(set(self.voices.values()))
        self._own: dict[str, list[int]] = defaultdict(list)
        self.said: dict[str, set[str]] = defaultdict(set)
        self._inside: dict[str, Counter[str]] = defaultdict(Counter)
        for row in alone:
            found = [read.words[number] for number in read.of(row)]
            self._own[languages[row]].append(row)
            self._inside[languages[row]].update(found)
            for word in found:
                self.said[word].add(self.voices[row])

    def n_voices(self, terms: Collection[str]) -> int:
        """Return how many voices have one of `terms`."""
        return len(set().union(*(self.said.get(term, ()) for term in terms)))

    def languages_of(self, term: str) -> list[str]:
        """Return the languages of the articles of the story that have `term`, sorted."""
        return sorted(language for language, found in self._inside.items() if found[term])

    def weight(self, terms: Collection[str], n_inside: int) -> float:
        """Return how well `terms`, forms of one, tell the story: share times log of the lift.

        Parameters
        ----------
        terms
            Words as `engine.words.terms.words` gives them.
        n_inside
            Voices of the story that have one of them.

        Returns
        -------
        float
            0 for terms that are less than `LEAST_LIFT` times as frequent as usual. Half a
            voice is added to what is found and to what is usual.
        """
        usual = self._n_voices * self._usual_share(terms)
        lift = (n_inside + 0.5) / (usual + 0.5)
        return n_inside / self._n_voices * log(lift) if lift >= LEAST_LIFT else 0.0

    def _usual_share(self, terms: Collection[str]) -> float:
        """Return the share of other articles in the story's languages that has one of `terms`.

        Where a language has few others, the share among all articles stands in.
        """
        background, total = self._background, 0.0
        n_others = max(1, len(background) - self._n_rows)
        for term in terms:
            inside = sum(found[term] for found in self._inside.values())
            overall = (background.count_in_all(term) - inside) / n_others
            for language, own in self._own.items():
                count = background.count(term, language) - self._inside[language][term]
                share = (count + overall) / (background.sizes[language] - len(own) + 1)
                total += len(own) * share
        return min(1.0, total / self._n_rows)
