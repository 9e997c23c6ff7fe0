"""Any BERT-like sentence-transformers model in int8, by name or folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Embeddings, EncoderSpec
from engine.encoding.int8.folder import ModelFolder, UnsuitedError
from engine.encoding.int8.kept import VERSION, kept_graph
from engine.encoding.int8.model import Int8Model
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.encoding.sentence import SentenceEncoder

_HOME_OF_THE_NAMELESS = "sentence-transformers"
"""Whose models the hub keeps that are called by one word."""


class Int8Encoder:
    """A BERT-like model with int8 matrices, opened without torch once its graph is kept.

    Parameters
    ----------
    spec
        As for `SentenceEncoder`; the precision is int8.

    Raises
    ------
    UnsuitedError
        If the model is of another kind, or its int8 vectors are too far from float32.
    EncoderError
        If the model is not there, cannot be downloaded or cannot run.
    InputError
        If `max_tokens` is more than the model reads.
    """

    def __init__(self, spec: EncoderSpec) -> None:
        self._name = Path(spec.name).resolve().name if Path(spec.name).is_dir() else spec.name
        self._folder = ModelFolder(_find(spec))
        record, graph = kept_graph(self._folder, self._name, lambda: _open_plain(spec))
        self._max_tokens = record.max_tokens if spec.max_tokens is None else spec.max_tokens
        if not 1 <= self._max_tokens <= record.max_tokens:
            raise InputError(
                f"{spec.name} reads at most {record.max_tokens} tokens, "
                f"got max_tokens={spec.max_tokens}."
            )
        self._prompt = record.prompt if spec.prompt is None else spec.prompt
        self._model = Int8Model(
            self._folder, graph, prompt=self._prompt, max_tokens=self._max_tokens
        )
        self.agreement = record.cosine
        """Mean cosine to float32 on the reference sentences."""

    @property
    def fingerprint(self) -> str:
        """Names the model, its weights, the prompt, the cut and the precision."""
        return (
            f"{self._name}|weights={self._folder.digest}|prompt={self._prompt}"
            f"|max_tokens={self._max_tokens}|precision=int8|v={VERSION}"
        )

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._folder.shape.hidden

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return self._model.encode(texts)


def _find(spec: EncoderSpec) -> Path:
    """Return the folder of the model, which is downloaded if it has to be."""
    if Path(spec.name).is_dir():
        return Path(spec.name)
    found = _downloaded(spec.name)
    if found is None:
        _open_plain(spec)
        found = _downloaded(spec.name)
    if found is None:
        raise UnsuitedError("the files of the model are not in the cache of the hub")
    return found


def _downloaded(name: str) -> Path | None:
    """Return the folder in which the hub's library keeps the model, if it has it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        whole = name if "/" in name else f"{_HOME_OF_THE_NAMELESS}/{name}"
        return Path(snapshot_download(whole, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _open_plain(spec: EncoderSpec) -> SentenceEncoder:
    """Return the model as sentence-transformers runs it, with its own prompt and limit."""
    from engine.encoding.sentence import SentenceEncoder  # imports torch

    return SentenceEncoder(replace(spec, precision="float32", prompt=None, max_tokens=None))
