"""Numbers of the leads of a few articles, compared without the tables of a window."""

from __future__ import annotations

import numpy as np

from engine.same_event.features import Floats
from engine.same_event.pairs import Pairs
from engine.same_event.window import Window
from engine.words.terms import numbers


class LeadNumbers:
    """What `WindowTerms` knows of articles whose names are not weighed, such as hits.

    A question has some fifty hits: to compare sets of their numbers takes less time than to make
    sparse tables of them, and nothing has to be imported for it. A lead is read when its numbers
    are asked for, so of a question without a number those of the hits are not.

    Parameters
    ----------
    window
        The articles.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._found: dict[int, frozenset[str]] = {}

    def compare(self, pairs: Pairs) -> Floats:
        """Return the conflicts that `WindowTerms.compare` does, to the last bit, and no overlaps.

        No article has names here, so these are NaN.
        """
        compared = np.full((2, len(pairs)), np.nan)
        for place, (left, right) in enumerate(pairs.tolist()):
            if (mine := self._of(left)) and (others := self._of(right)):
                compared[1, place] = 1 - len(mine & others) / min(len(mine), len(others))
        return compared

    def _of(self, row: int) -> frozenset[str]:
        """Return the numbers of title and lead of an article."""
        found = self._found.get(row)
        if found is None:
            found = self._found[row] = frozenset(numbers(self._window.lead(row)))
        return found
