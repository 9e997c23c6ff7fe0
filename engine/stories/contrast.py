"""The words of one story against those of other articles.

A word of every other German article tells nothing of a story that has two German articles,
however rare it is among all. So a story is compared with as many articles of its languages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags, numbered
from engine.same_event.pairs import sorted_unique
from engine.stories.background import Background

LEAST_LIFT = 4.0
"""How much more often a story has a term than other articles of its languages do, at least:
weekdays, and the country that everything is about, mostly stay below. Of the names of the 505
stories of roundups_2021, 13 % are days and months at 3, 6 % at 4 (where 41 stories have no
name) and 4 % at 5 (135)."""

Shares = npt.NDArray[np.float64]


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
        own = read.take(rows)
        order = np.argsort(own.columns, kind="stable")
        ordered = own.columns[order]
        new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
        self._word_of = np.cumsum(new) - 1
        self._words = ordered[new].astype(np.int64)
        self._ends = np.append(np.flatnonzero(new), len(order)).tolist()
        at = own.rows[order]
        self._said = numbered(list(self.voices.values()))[at]
        spoken = [languages[row] for row in alone]
        self._languages = list(dict.fromkeys(spoken))
        place = {language: number for number, language in enumerate(self._languages)}
        language_of = np.array([place[language] for language in spoken], np.int64)
        self._sizes = np.bincount(language_of, minlength=len(place))
        cells = language_of[at] * len(self._words) + self._word_of
        inside = np.bincount(cells, minlength=len(place) * len(self._words))
        self._inside = inside.reshape(len(place), -1)

    @cached_property
    def _place(self) -> dict[int, int]:
        """The place of each word of the story by that in the background."""
        return {word: place for place, word in enumerate(self._words.tolist())}

    @cached_property
    def _voices_of(self) -> npt.NDArray[np.int64]:
        """How many voices have each word of the story, (n_words,)."""
        pairs = sorted_unique(self._word_of * self._n_voices + self._said)
        return np.bincount(pairs // self._n_voices, minlength=len(self._words))

    @cached_property
    def _usual(self) -> Shares:
        """What `_usually` says of each word of the story."""
        return self._usually(self._words, self._inside)

    def joined(self, also: Iterable[str]) -> list[str]:
        """Return the words of which others may be forms.

        Those are the ones of `also`, and all of scripts that join little words to others.
        """
        found = self._background.joining[self._words]
        found[self._places(also)] = True
        return self._spelled(np.flatnonzero(found))

    def weights(self, n_voices: int, also: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return the words that tell the story, how many voices have each, and what it weighs.

        Only words that `n_voices` have, and those of `also`, which weigh as if so many had them.
        """
        n_inside = np.maximum(self._voices_of, n_voices)
        lifts = self._lifts(_summed(self._usual), n_inside)
        wanted = self._voices_of >= n_voices
        wanted[self._places(also)] = True
        chosen = np.flatnonzero(wanted & (lifts >= LEAST_LIFT))
        return {
            word: (count, n / self._n_voices * log(lift))
            for word, count, n, lift in zip(
                self._spelled(chosen),
                self._voices_of[chosen].tolist(),
                n_inside[chosen].tolist(),
                lifts[chosen].tolist(),
                strict=True,
            )
        }

    def _places(self, words: Iterable[str]) -> list[int]:
        """Return the places of those of `words` that the story has."""
        return [place for word in words if (place := self._at(word)) is not None]

    def _spelled(self, places: npt.NDArray[np.int64]) -> list[str]:
        words = self._background.words
        return [words[number] for number in self._words[places].tolist()]

    def voices_of(self, term: str) -> set[int]:
        """Return the voices that have a word, by their numbers."""
        place = self._at(term)
        if place is None:
            return set()
        return set(self._said[self._ends[place] : self._ends[place + 1]].tolist())

    def n_voices(self, terms: Collection[str]) -> int:
        """Return how many voices have one of `terms`."""
        return len(set().union(*map(self.voices_of, terms)))

    def languages_of(self, term: str) -> list[str]:
        """Return the languages of the articles of the story that have `term`, sorted."""
        place = self._at(term)
        if place is None:
            return []
        counts = self._inside[:, place].tolist()
        return sorted(language for language, n in zip(self._languages, counts, strict=True) if n)

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
            0 for terms that are less than `LEAST_LIFT` times as frequent as usual.
        """
        total = sum((part for term in terms for part in self._usual_of(term)), 0.0)
        lift = float(self._lifts(np.array(total), np.array(n_inside)))
        return n_inside / self._n_voices * log(lift) if lift >= LEAST_LIFT else 0.0

    def _lifts(self, totals: Shares, n_inside: npt.NDArray[np.int64]) -> Shares:
        """Return how many times as many voices have terms as usual; half a voice is added to both.

        Parameters
        ----------
        totals, n_inside
            In how many articles the terms would be, and how many voices have one, of one shape.
        """
        usual = self._n_voices * np.minimum(1.0, totals / self._n_rows)
        lifts: Shares = (n_inside + 0.5) / (usual + 0.5)
        return lifts

    def _at(self, term: str) -> int | None:
        """Return the place of a word among those of the story, if it is one."""
        return self._place.get(self._background.place.get(term, -1))

    def _usual_of(self, term: str) -> list[float]:
        place = self._at(term)
        if place is not None:
            found: list[float] = self._usual[:, place].tolist()
            return found
        number = self._background.place.get(term)
        if number is None:
            return []
        none = np.zeros((len(self._languages), 1), np.int64)
        alone: list[float] = self._usually(np.array([number]), none)[:, 0].tolist()
        return alone

    def _usually(self, columns: npt.NDArray[np.int64], inside: npt.NDArray[np.int64]) -> Shares:
        """Return in how many articles of each language words would be if they were as usual.

        Where a language has few other articles, the share among all stands in.

        Parameters
        ----------
        columns, inside
            Places of words in the background, (n_words,), and in how many articles of the story
            in each of its languages each is, (n_languages, n_words).

        Returns
        -------
        numpy.ndarray
            Float64, (n_languages, n_words).
        """
        background = self._background
        n_others = max(1, len(background) - self._n_rows)
        overall = (background.in_all[columns] - inside.sum(axis=0)) / n_others
        shares = np.empty(inside.shape)
        for number, language in enumerate(self._languages):
            size = int(self._sizes[number])
            count = background.counts[language][columns] - inside[number]
            share = (count + overall) / (background.sizes[language] - size + 1)
            shares[number] = size * share
        return shares


def _summed(parts: Shares) -> Shares:
    """Return the sum of each column, added from the top as `Contrast.weight` adds one by one."""
    total = np.zeros(parts.shape[1])
    for part in parts:
        total += part
    return total
