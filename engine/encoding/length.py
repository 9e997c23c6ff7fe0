"""What a vector says about the length of its text, which is taken out before comparing.

Titles lie beside the full texts of their own articles, all in much the same direction, so that a
title is nearer to other titles than to the text of its event. A base learns that direction from
its own titles: how long its texts are, and what its encoder makes of them, differs from base to
base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings, Lengths
from engine.errors import InputError

Vectors = TypeVar("Vectors", npt.NDArray[np.float32], npt.NDArray[np.float64])

LEAST_PAIRS = 2
"""Titles with a longer text, below which nothing tells a direction from one article's own."""


@dataclass(frozen=True, slots=True)
class LengthOffset:
    """How vectors move as their texts get shorter.

    The move is linear in 1/characters: between a title and a text of 1000 characters, those of
    200 lie a quarter of the way on labelled news (docs/decisions/0029-length.md).

    Attributes
    ----------
    slope
        Float32, shape (dim,): the move for each unit of 1/characters.
    usual
        Mean of 1/characters of the articles: texts so long do not move.
    most
        The same of their titles: texts that are shorter move no further.
    """

    slope: npt.NDArray[np.float32]
    usual: float
    most: float

    def taken_out(self, vectors: Vectors, lengths: Lengths) -> Vectors:
        """Return vectors as if their texts were as long as is usual, in a new array.

        Parameters
        ----------
        vectors
            Float32 or float64, shape (n, dim).
        lengths
            Characters of each text as it was embedded, shape (n,).

        Returns
        -------
        numpy.ndarray
            Of the type of `vectors`, shape (n, dim); not normalised.
        """
        moves = np.minimum(_inverse(lengths), self.most) - self.usual  # (n,)
        found: Vectors = vectors - moves[:, np.newaxis].astype(vectors.dtype) * self.slope
        return found


def fit_length_offset(
    titles: Embeddings, texts: Embeddings, title_lengths: Lengths, text_lengths: Lengths
) -> LengthOffset | None:
    """Learn how vectors move from some articles of a base.

    The mean difference of titles and texts is shrunk by the share of it that its own spread
    explains, so that few articles do not pass for a direction.

    Parameters
    ----------
    titles, texts
        Raw unit rows of the same articles, shape (n, dim).
    title_lengths, text_lengths
        Characters of what was embedded, shape (n,).

    Returns
    -------
    LengthOffset or None
        None where fewer than `LEAST_PAIRS` articles are longer than their titles.

    Raises
    ------
    InputError
        If the shapes do not fit.

    References
    ----------
    James and Stein, *Estimation with quadratic loss* (1961); the positive part.
    """
    shapes = {titles.shape, texts.shape, (*title_lengths.shape, titles.shape[-1])}
    if len(shapes) > 1 or title_lengths.shape != text_lengths.shape:
        raise InputError(f"Expected a row and a length for each title and text, got {shapes}.")
    short, long = _inverse(title_lengths), _inverse(text_lengths)
    longer = short > long
    n_pairs = int(longer.sum())
    if n_pairs < LEAST_PAIRS:
        return None
    differences = (titles - texts)[longer].astype(np.float64)
    mean = differences.mean(axis=0)
    noise = float(np.square(differences - mean).sum()) / n_pairs / (n_pairs - 1)
    kept = max(0.0, 1.0 - noise / max(float(mean @ mean), np.finfo(float).tiny))
    slope = kept * mean / (short - long)[longer].mean()
    return LengthOffset(slope.astype(np.float32), float(long.mean()), float(short.mean()))


def _inverse(lengths: Lengths) -> npt.NDArray[np.float64]:
    inverse: npt.NDArray[np.float64] = 1.0 / np.maximum(lengths, 1)
    return inverse
