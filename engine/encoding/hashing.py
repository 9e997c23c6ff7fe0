"""An encoder without a model: hashed words and character n-grams.

It knows no meaning, only shared wording, but it is deterministic on every machine, needs
nothing installed and is fast, so it serves tests, demonstrations and offline smoke runs.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from engine.domain import Embeddings
from engine.errors import InputError

_VERSION = 1
"""Raised whenever the vectors of a text change."""

_WORDS = re.compile(r"\w+")

_GRAM = 3
"""Characters of an n-gram: long enough to tell words apart, short enough that inflected
forms of a word still share some."""

_EAST_ASIAN = "[\u2e80-\ud7ff\uf900-\ufaff]"
"""Scripts written without spaces between words, or with few: pairs of characters count
as words. A pattern of them takes 4 ms to make, so it is made when a text is encoded."""

_GRAM_WEIGHT = 0.4
"""Weight of one n-gram against a whole word: a word of average length has about five
n-grams, so spelling counts about twice as much as identity."""


class HashingEncoder:
    """Bag of hashed words and character n-grams with signed buckets.

    Feature hashing as of Weinberger et al. (2009): each feature adds its weight, with a
    sign that its hash decides, to one of `dim` buckets, so that collisions cancel out on
    average. Counts are damped as 1 + log(count).

    Parameters
    ----------
    dim
        Length of a vector, at least 2.

    Raises
    ------
    InputError
        If `dim` is less than 2.
    """

    def __init__(self, dim: int = 256) -> None:
        if dim < 2:
            raise InputError(f"A hashing encoder needs at least 2 dimensions, got {dim}.")
        self._dim = dim

    @property
    def fingerprint(self) -> str:
        """Names the method and the dimension."""
        return f"hashing|dim={self._dim}|v={_VERSION}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        rows = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            self._add(row, text)
        return rows

    def _add(self, row: Embeddings, text: str) -> None:
        """Fill `row`, shape (dim,), with the unit vector of `text`."""
        for feature, count in Counter(_features(text)).items():
            weight = 1.0 if feature.startswith("w") else _GRAM_WEIGHT
            # crc32 is the same everywhere, unlike hash(), which is salted per process.
            code = zlib.crc32(feature.encode("utf-8", "surrogatepass"))
            sign = 1.0 if code & 1 else -1.0
            row[(code >> 1) % self._dim] += sign * weight * (1.0 + math.log(count))
        length = float(np.linalg.norm(row))
        if length == 0.0:  # no words, or all of them cancelled out
            row[0] = 1.0
        else:
            row /= length


def _features(text: str) -> Iterator[str]:
    """Yield each word with ``w`` before it, and each character n-gram of it with ``g``."""
    for word in _WORDS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if re.search(_EAST_ASIAN, word):
            yield from (f"w{word[start : start + 2]}" for start in range(max(len(word) - 1, 1)))
            continue
        yield f"w{word}"
        edged = f"<{word}>"
        for start in range(len(edged) - _GRAM + 1):
            yield f"g{edged[start : start + _GRAM]}"
