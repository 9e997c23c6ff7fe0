"""The words of one story against those of other articles.

A word of every other German article tells nothing of a story that has two German articles,
however rare it is among all. So a story is compared with as many articles of its languages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import log

import numpy as np

from engine.stories.counting import FEWEST_VOICES, LEAST_LIFT, Counted


class Contrast:
    """The articles of one story against the other articles of their languages.

    Parameters
    ----------
    counted, story
        The words of some stories, and the place of this one among them.

    Attributes
    ----------
    voices
        By whom each row of the story is said.
    """

    def __init__(self, counted: Counted, story: int) -> None:
        """Tell the story from others."""
        self._counted, self._story = counted, story
        self._n_rows = len(counted.stories[story])
        self._n_voices = int(counted.voices.n_voices[story])
        first = counted.firsts[story]
        said = counted.voices.of_rows[first : first + self._n_rows].tolist()
        self.voices = dict(zip(counted.stories[story].tolist(), said, strict=True))

    def joined(self, also: Iterable[str]) -> list[str]:
        """Return the words of which others may be forms.

        Those are the ones of `also`, and all of scripts that join little words to others.
        """
        places = {*self._counted.joining[self._story], *self._places(also)}
        return self._spelled(places)

    def weights(self, also: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return the words that tell the story, how many voices have each, and what it weighs.

        Only words that enough voices have, and those of `also`, which weigh as if so many had them.
        """
        n_voices, lifts = self._counted.n_voices, self._counted.lifts
        places = self._counted.telling[self._story] + [
            place
            for place in self._places(also)
            if n_voices[place] < FEWEST_VOICES and lifts[place] >= LEAST_LIFT
        ]
        weights = [
            (n, max(n, FEWEST_VOICES) / self._n_voices * log(lift))
            for n, lift in zip(n_voices[places].tolist(), lifts[places].tolist(), strict=True)
        ]
        return dict(zip(self._spelled(places), weights, strict=True))

    def _places(self, words: Iterable[str]) -> list[int]:
        """Return the places of those of `words` that the story has."""
        return [place for word in words if (place := self._at(word)) is not None]

    def _spelled(self, places: Iterable[int]) -> list[str]:
        spelled, words = self._counted.background.words, self._counted.words
        return [spelled[words[place]] for place in places]

    def voices_of(self, term: str) -> set[int]:
        """Return the voices that have a word, by their numbers."""
        place = self._at(term)
        if place is None:
            return set()
        begin, end = self._counted.starts[place : place + 2]
        return set(self._counted.said[begin:end].tolist())

    def n_voices(self, terms: Collection[str]) -> int:
        """Return how many voices have one of `terms`."""
        return len(set().union(*map(self.voices_of, terms)))

    def languages_of(self, term: str) -> list[str]:
        """Return the languages of the articles of the story that have `term`, sorted."""
        place = self._at(term)
        if place is None:
            return []
        languages = self._counted.spoken.languages[self._story]
        counts = self._counted.inside[: len(languages), place].tolist()
        return sorted(language for language, n in zip(languages, counts, strict=True) if n)

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
        usual = self._n_voices * min(1.0, total / self._n_rows)
        lift = (n_inside + 0.5) / (usual + 0.5)
        return n_inside / self._n_voices * log(lift) if lift >= LEAST_LIFT else 0.0

    def _at(self, term: str) -> int | None:
        """Return the place of a word among those of all stories, if this one has it."""
        number = self._counted.background.place.get(term)
        return None if number is None else self._counted.place(self._story, number)

    def _usual_of(self, term: str) -> list[float]:
        """Return in how many articles of each language a word would be if it were as usual."""
        place = self._at(term)
        if place is not None:
            found: list[float] = self._counted.usual[:, place].tolist()
            return found
        number = self._counted.background.place.get(term)
        if number is None:
            return []
        none = np.zeros((len(self._counted.inside), 1), np.int64)
        usual = self._counted.usually(np.array([self._story]), np.array([number]), none)
        alone: list[float] = usual[:, 0].tolist()
        return alone
