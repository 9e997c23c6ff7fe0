"""The runtime for many texts: ONNX Runtime with int8 matrices, one text for each thread.

The graph is made in memory at every start, which takes a fifth of a second, and never kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings
from engine.encoding.e5.pieces import Pieces
from engine.encoding.e5.text import Normaliser, cut
from engine.encoding.e5.weights import Weights
from engine.encoding.int8.running import encode_each, open_session, run_graph
from engine.errors import EncoderError


class BulkRuntime:
    """Encodes with ONNX Runtime on all processors.

    Parameters
    ----------
    weights
        Where the model and its vocabulary are read from.
    normalise
        Applied to every text.
    prompt
        Put before every text.
    max_tokens
        Longest input, prompt and special pieces included.

    Raises
    ------
    EncoderError
        If ONNX Runtime is not installed or cannot run the model on this machine.
    """

    def __init__(
        self, weights: Weights, normalise: Normaliser, *, prompt: str, max_tokens: int
    ) -> None:
        try:
            from engine.encoding.e5.layers import build_graph  # imports onnx

            self._session = open_session(build_graph(weights))
        except Exception as error:  # its own exceptions share no base but this one
            raise EncoderError(f"ONNX Runtime cannot run the model ({error})") from error
        self._pieces_of = Pieces(weights)
        self._weights = weights
        self._normalise = normalise
        self._prompt = prompt
        self._max_tokens = max_tokens

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        return encode_each(texts, self._encode, dim=self._weights.shape.hidden)

    def _encode(self, text: str) -> Embeddings:
        """Return the unit vector of one text, shape (dim,)."""
        fitting = cut(self._normalise(text), max_tokens=self._max_tokens, count=self._count)
        pieces = np.array(self._pieces(fitting), dtype=np.int64)
        return run_graph(self._session, self._weights.word_rows(pieces))

    def _pieces(self, text: str) -> list[int]:
        """Return the pieces of `text` with prompt and special pieces."""
        return self._pieces_of(self._prompt + text)

    def _count(self, text: str) -> int:
        """Return the number of tokens of `text` with prompt and special pieces."""
        return len(self._pieces(text))
