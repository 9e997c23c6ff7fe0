"""One vector for each piece of a vocabulary, from a model that reads whole texts.

The method is model2vec's (Tulkens and van Dongen 2024, https://github.com/MinishLab/model2vec):
the model encodes each piece by itself, the main axes of these vectors are kept and made equally
long, and frequent pieces, which say little, weigh less (smooth inverse frequency: Arora, Liang and
Ma 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Embeddings
from engine.protocols import Encoder, Progress

Table: TypeAlias = npt.NDArray[np.float16]
"""Float16, shape (n_pieces, dim): a text's vector is the sum of those of its pieces."""

DIMENSIONS = 256
"""Axes that are kept, or all where there are fewer; model2vec's default."""

_RARE = 1e-5
"""Probability of a piece at which it weighs half; chosen on the labelled sets but meantime, by
which the model is judged (docs/decisions/0019-static.md)."""

_AT_ONCE = 4096
"""Pieces between two reports of progress."""


def distil(
    encoder: Encoder, pieces: Sequence[str], scores: npt.NDArray[np.float32], progress: Progress
) -> Table:
    """Return a vector for each piece.

    Parameters
    ----------
    encoder
        Encodes each piece as a text.
    pieces
        The vocabulary, in which ``▁`` stands for the blank before a word.
    scores
        Natural logarithm of the probability of each, float32, shape (n_pieces,); 0 of those that
        stand for no text, whose vectors are 0.
    progress
        Told how many pieces are done.
    """
    texts = [piece.replace("▁", " ").strip() for piece in pieces]
    told = [row for row, text in enumerate(texts) if text and scores[row] < 0]
    vectors = np.empty((len(told), encoder.dim), np.float32)
    for start in range(0, len(told), _AT_ONCE):
        progress("pieces", start, len(told))
        some = told[start : start + _AT_ONCE]
        vectors[start : start + len(some)] = encoder.encode([texts[row] for row in some])
    table = np.zeros((len(pieces), min(DIMENSIONS, encoder.dim)), np.float16)
    table[told] = weighed(vectors, scores[told])
    return table


def weighed(vectors: Embeddings, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return vectors of pieces on their main axes, each axis as long as the others, and weighed."""
    rows = vectors - vectors.mean(axis=0)
    lengths, axes = np.linalg.eigh((rows.T @ rows).astype(np.float64) / len(rows))  # shortest first
    kept = axes[:, : -DIMENSIONS - 1 : -1] / np.sqrt(lengths[: -DIMENSIONS - 1 : -1])
    weights = _RARE / (_RARE + np.exp(scores.astype(np.float64)))
    found: npt.NDArray[np.float32] = rows @ kept.astype(np.float32)
    return found * weights[:, np.newaxis].astype(np.float32)
