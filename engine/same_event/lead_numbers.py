"""Numbers of the leads of a few articles, compared without the tables of a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.same_event.features import Floats
from engine.same_event.pairs import Pairs
from engine.same_event.window import Window
from engine.words.terms import numbers


@dataclass(frozen=True, slots=True)
class LeadNumbers:
    """What `WindowTerms` knows of articles whose names are not weighed, such as hits.

    A question has some fifty hits: to compare sets of their numbers takes less time than to make
    sparse tables of them, and nothing has to be imported for it.

    Attributes
    ----------
    found
        The numbers of title and lead of each article.
    """

    found: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, window: Window) -> LeadNumbers:
        """Read the leads of `window`."""
        return cls(tuple(frozenset(numbers(window.lead(row))) for row in range(len(window))))

    def compare(self, pairs: Pairs) -> Floats:
        """Return the conflicts that `WindowTerms.compare` does, to the last bit, and no overlaps.

        No article has names here, so these are NaN.
        """
        compared = np.full((2, len(pairs)), np.nan)
        for place, (left, right) in enumerate(pairs.tolist()):
            mine, others = self.found[left], self.found[right]
            if smaller := min(len(mine), len(others)):
                compared[1, place] = 1 - len(mine & others) / smaller
        return compared
