"""The runtime for many texts: ONNX Runtime with int8 matrices, one text for each thread.

Measured against batches with padding, one text at a time on each of the processor's threads
is faster, needs little memory, and gives every text the same vector whatever it is encoded
with (docs/decisions/0003-encoders.md).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Embeddings
from engine.encoding.e5.text import Normaliser, cut
from engine.encoding.e5.weights import Weights
from engine.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


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
            self._session = _open_session(weights)
            self._tokenizer = open_tokenizer(weights)
        except Exception as error:  # its own exceptions share no base but this one
            raise EncoderError(f"ONNX Runtime cannot run the model ({error})") from error
        self._weights = weights
        self._normalise = normalise
        self._prompt = prompt
        self._max_tokens = max_tokens

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        rows = np.empty((len(texts), self._weights.shape.hidden), dtype=np.float32)

        def fill(number: int) -> None:
            rows[number] = self._encode(texts[number])

        # Longest first, so that no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        with ThreadPoolExecutor(_n_processors()) as pool:
            for _ in pool.map(fill, order):
                pass
        return rows

    def _encode(self, text: str) -> Embeddings:
        """Return the unit vector of one text, shape (dim,)."""
        fitting = cut(self._normalise(text), max_tokens=self._max_tokens, count=self._count)
        pieces = np.array(self._pieces(fitting), dtype=np.int64)
        words = self._weights.word_rows(pieces)[np.newaxis]  # (1, n_tokens, dim)
        vectors = self._session.run(["vector"], {"words": words})[0]  # (1, dim)
        vector: Embeddings = vectors[0]
        return vector

    def _pieces(self, text: str) -> list[int]:
        """Return the pieces of `text` with prompt and special pieces."""
        pieces: list[int] = self._tokenizer.encode(self._prompt + text).ids
        return pieces

    def _count(self, text: str) -> int:
        """Return the number of tokens of `text` with prompt and special pieces."""
        return len(self._pieces(text))


def _open_session(weights: Weights) -> InferenceSession:
    """Return an ONNX Runtime session in which every call uses one thread."""
    import onnxruntime  # loaded only when this runtime is used

    from engine.encoding.e5.graph import build_graph  # imports onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the threads are ours: one text each
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a plan for each length of text would pile up
    options.log_severity_level = 3  # errors only
    return onnxruntime.InferenceSession(
        build_graph(weights), options, providers=["CPUExecutionProvider"]
    )


def open_tokenizer(weights: Weights) -> Tokenizer:
    """Return the tokenizer of the model's vocabulary, without a normaliser of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = weights.specials
    pieces = weights.pieces()
    vocabulary = list(zip(pieces, weights.scores().tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, special.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    begin, end = pieces[special.begin], pieces[special.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, special.begin), (end, special.end)]
    )
    return tokenizer


def _n_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
