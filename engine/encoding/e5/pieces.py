"""From a text to the pieces of the vocabulary: the likeliest way to write each of its words.

The library tokenizers finds the same, but makes a tree of the vocabulary first, which takes as long
as all else that opens the runtime for many texts, and six times the memory of what is here.
"""

from __future__ import annotations

from engine.encoding.e5.text import LONGEST_PIECE
from engine.encoding.e5.weights import Weights

_BLANK = "▁"
"""What the vocabulary writes for a blank: the first character of every word."""

_WORSE_THAN_ANY = 10.0
"""By how much a character that is no piece is less likely than the least likely piece, as a
logarithm: SentencePiece's own."""

_MOST_WORDS = 100_000
"""That are remembered with their pieces: some 20 MB. A day's news has fewer in one language."""

_LONGEST_WORD = 32
"""Characters of the longest word that is worth remembering: a longer one is a sentence in a
script without blanks, and comes once."""


class Pieces:
    """Splits texts into pieces.

    Parameters
    ----------
    weights
        Where the vocabulary is read from.
    """

    def __init__(self, weights: Weights) -> None:
        pieces = weights.pieces()
        self._numbers = dict(zip(pieces, range(len(pieces)), strict=True))
        self._scores: list[float] = weights.scores().tolist()
        self._special = weights.specials
        self._unknown_score = min(self._scores) - _WORSE_THAN_ANY
        self._words: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """Return the numbers of the pieces of `text`, between those that begin and end a text."""
        written = text.replace(" ", _BLANK).removeprefix(_BLANK)
        pieces = [self._special.begin]
        for word in written.split(_BLANK) if text else ():
            pieces += self._of_word(_BLANK + word)
        pieces.append(self._special.end)
        return pieces

    def _of_word(self, word: str) -> list[int]:
        """Return the pieces of one word, which are looked for once."""
        pieces = self._words.get(word)
        if pieces is None:
            pieces = self._split(word)
            if len(word) <= _LONGEST_WORD:
                if len(self._words) >= _MOST_WORDS:
                    self._words = {}
                self._words[word] = pieces
        return pieces

    def _split(self, word: str) -> list[int]:
        """Return the pieces whose scores have the largest sum; of equal ways the first found."""
        n = len(word)
        best = [0.0] + [float("-inf")] * n  # of the ways to write all before each place
        begins, last = [0] * (n + 1), [0] * (n + 1)  # of the last piece: where, and which
        for place in range(n):
            for end in range(place + 1, min(place + LONGEST_PIECE, n) + 1):
                number = self._numbers.get(word[place:end])
                if number is not None:
                    score = best[place] + self._scores[number]
                elif end == place + 1:
                    number, score = self._special.unknown, best[place] + self._unknown_score
                else:
                    continue
                if score > best[end]:
                    best[end], begins[end], last[end] = score, place, number
        return self._walk_back(begins, last)

    def _walk_back(self, begins: list[int], last: list[int]) -> list[int]:
        """Return the pieces that lead to the end; unknown ones side by side are one."""
        pieces: list[int] = []
        place = len(last) - 1
        while place > 0:
            number = last[place]
            if number != self._special.unknown or pieces[-1:] != [number]:
                pieces.append(number)
            place = begins[place]
        return pieces[::-1]
