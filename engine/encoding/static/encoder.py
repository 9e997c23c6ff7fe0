"""Texts as sums of vectors of their pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from engine.domain import Embeddings
from engine.encoding.e5.text import Normaliser
from engine.encoding.e5.weights import Weights
from engine.encoding.static.distilling import Table
from engine.encoding.static.tokens import open_tokenizer

VERSION = 1
"""Raised whenever the vectors of a text change."""

_TEXTS_AT_ONCE = 512

_MOST_WORDS = 100_000
"""Words whose vectors are remembered, in 100 MB; then all are forgotten. Most words of a text were
in those before it."""

_WORDS_OF_A_TEXT = 256


class StaticEncoder:
    """Sums of vectors of pieces.

    A word counts as often as it is there, and its place not at all. Every text has the same vector
    whatever it is encoded with.

    Parameters
    ----------
    table
        The vector of each piece of the built-in model's vocabulary.
    weights
        Where that vocabulary is read from.
    """

    def __init__(self, table: Table, weights: Weights) -> None:
        self._table = table
        self._digest = weights.digest
        self._normalise = Normaliser(weights)
        self._tokenizer = open_tokenizer(weights)
        # A piece at the beginning of a word holds the blank before it.
        self._begins = np.array([piece.startswith("▁") for piece in weights.pieces()])
        self._places: dict[str, int] = {}
        self._vectors = np.empty((0, self.dim), np.float32)

    @property
    def fingerprint(self) -> str:
        """Names the model that was distilled, and the version of the method."""
        return f"static|weights={self._digest}|dim={self.dim}|v={VERSION}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._table.shape[1])

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            words = [text.split() for text in texts[start : start + _TEXTS_AT_ONCE]]
            self._learn(words)
            places = self._places
            found = np.array([places[word] for mine in words for word in mine], np.int64)
            lengths = [len(mine) for mine in words]
            rows[start : start + len(words)] = _sums(found, lengths, self._vectors)
            self._forget()
        return _unit(rows)

    def _learn(self, words: Sequence[Sequence[str]]) -> None:
        """Find the vectors of words that are not known yet."""
        distinct = dict.fromkeys(word for mine in words for word in mine)
        new = [word for word in distinct if word not in self._places]
        known, wanted = len(self._places), len(self._places) + len(new)
        if wanted > len(self._vectors):
            longer = np.empty((max(wanted, 2 * len(self._vectors)), self.dim), np.float32)
            longer[:known] = self._vectors[:known]
            self._vectors = longer
        if new:
            self._vectors[known:wanted] = self._vectors_of(new)
            self._places |= zip(new, range(known, wanted), strict=True)

    def _vectors_of(self, words: Sequence[str]) -> Embeddings:
        """Return the sum of the pieces of each word, shape (n_words, dim)."""
        normalised = [self._normalise(word) for word in words]
        # The tokenizer is quick with long texts only, and never joins two words to one piece.
        texts = [
            # Two blanks would be read as a word between them.
            " ".join(filter(None, normalised[start : start + _WORDS_OF_A_TEXT]))
            for start in range(0, len(words), _WORDS_OF_A_TEXT)
        ]
        found = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        pieces = np.array([piece for one in found for piece in one.ids], np.int64)
        n_parts = [len(text.split()) for text in normalised]
        part = np.cumsum(self._begins[pieces]) - 1
        word = np.repeat(np.arange(len(words)), n_parts)[part]
        there, numbers = np.unique(pieces, return_inverse=True)
        vectors = self._table[there].astype(np.float32)
        return _sums(numbers, np.bincount(word, minlength=len(words)), vectors)

    def _forget(self) -> None:
        """Keep no more words than are worth their memory."""
        if len(self._places) > _MOST_WORDS:
            self._places = {}
            self._vectors = np.empty((0, self.dim), np.float32)


def _sums(rows: npt.NDArray[np.int64], lengths: npt.ArrayLike, vectors: Embeddings) -> Embeddings:
    """Return the sums of the first of `rows`, of those after them, and so on, in this order."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(rows), np.float32)
    which = csr_array((ones, rows, ends), shape=(len(ends) - 1, len(vectors)))
    sums: Embeddings = which @ vectors
    return sums


def _unit(rows: Embeddings) -> Embeddings:
    """Return `rows` with length 1; one without a known piece becomes the first axis."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    lengths[empty], rows[empty, 0] = 1, 1
    scaled: Embeddings = rows / lengths
    return scaled
