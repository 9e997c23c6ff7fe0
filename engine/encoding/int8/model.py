"""A model in int8: its vocabulary, its graph in ONNX Runtime, its embedding rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings
from engine.encoding.int8.folder import ModelFolder
from engine.encoding.int8.running import encode_each, open_session, run_graph
from engine.errors import EncoderError


class Int8Model:
    """Encodes with ONNX Runtime on all processors.

    Parameters
    ----------
    folder
        Vocabulary and embedding rows of the model.
    graph
        What `build_graph` made of it.
    prompt
        Put before every text.
    max_tokens
        Longest input, prompt and special pieces included; longer texts are cut.

    Raises
    ------
    EncoderError
        If ONNX Runtime is not installed or cannot run the model on this machine.
    """

    def __init__(self, folder: ModelFolder, graph: bytes, *, prompt: str, max_tokens: int) -> None:
        try:
            from tokenizers import Tokenizer

            self._session = open_session(graph)
            self._tokenizer = Tokenizer.from_buffer(folder.tokenizer)
        except Exception as error:  # its own exceptions share no base but this one
            raise EncoderError(f"ONNX Runtime cannot run the model ({error})") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._folder = folder
        self._prompt = prompt

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        return encode_each(texts, self._encode, dim=self._folder.shape.hidden)

    def _encode(self, text: str) -> Embeddings:
        """Return the unit vector of one text, shape (dim,)."""
        # A lone half of a character pair is no text; tokenizers refuse it.
        valid = (self._prompt + text).encode("utf-8", "replace").decode("utf-8")
        pieces = np.array(self._tokenizer.encode(valid).ids, dtype=np.int64)
        return run_graph(self._session, self._folder.word_rows(pieces))
