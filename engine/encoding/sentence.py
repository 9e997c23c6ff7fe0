"""Any sentence-transformers model, by name or folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Embeddings, EncoderSpec
from engine.errors import EncoderError, InputError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

_VERSION = 1
"""Raised whenever the vectors of a text change."""

_PRECISIONS = ("float32", "float16", "bfloat16")

_BATCH_TEXTS = 32
"""Texts of a batch; the library sorts by length first, so little of it is padding."""

_BATCH_TEXTS_OF_ACCELERATORS = 256
"""The same where a processor of its own computes, which small batches leave idle."""

_SAMPLE_VALUES = 1024
"""Values of each tensor that go into the digest of the weights: training changes all."""

_PATHS = (".", "/", "~")
"""What begins the path of a folder, and no name on the hub."""

_CHOICE = "choose a folder, 'e5-small' (built in) or 'hashing'"

_HUB_SECONDS = 10
"""Seconds to wait for the model hub to answer."""

_E5 = re.compile(r"(^|[-_/])e5[-_](?!.*instruct)", re.IGNORECASE)
"""Models of the E5 family without instructions publish no prompts but need one."""


class SentenceEncoder:
    """A sentence-transformers model with its prompt, device, precision and longest input.

    Parameters
    ----------
    spec
        ``name`` is a folder or a name on the model hub. Without a ``prompt``, the model's
        own for clustering is used, else its default, else ``"query: "`` for E5, else none.

    Raises
    ------
    EncoderError
        If the model is not there, cannot be downloaded or cannot be loaded.
    InputError
        If the precision is not a known one, or `max_tokens` is more than the model reads.
    """

    def __init__(self, spec: EncoderSpec) -> None:
        if spec.precision not in _PRECISIONS:
            raise InputError(
                f"Expected a precision of auto, int8, {', '.join(_PRECISIONS)}, "
                f"got {spec.precision!r}."
            )
        self._model = _load(spec.name, spec.precision)
        longest = self._model.max_seq_length
        if spec.max_tokens is not None:
            if spec.max_tokens < 1 or (longest is not None and spec.max_tokens > longest):
                raise InputError(
                    f"{spec.name} reads at most {longest} tokens, got max_tokens={spec.max_tokens}."
                )
            self._model.max_seq_length = spec.max_tokens
        self._prompt = _choose_prompt(spec, self._model)
        self._precision = spec.precision
        on_processor = self._model.device.type == "cpu"
        self._batch_texts = _BATCH_TEXTS if on_processor else _BATCH_TEXTS_OF_ACCELERATORS
        self._name = Path(spec.name).resolve().name if Path(spec.name).is_dir() else spec.name

    @property
    def prompt(self) -> str:
        """What is put before every text."""
        return self._prompt

    @property
    def max_tokens(self) -> int | None:
        """Longest input; None if the model has no limit."""
        longest: int | None = self._model.max_seq_length
        return longest

    @property
    def fingerprint(self) -> str:
        """Names the model, its weights, the prompt, the cut and the precision."""
        return (
            f"{self._name}|weights={_digest(self._model)}|prompt={self._prompt}"
            f"|max_tokens={self._model.max_seq_length}|precision={self._precision}|v={_VERSION}"
        )

    @property
    def dim(self) -> int:
        """Length of a vector."""
        dim = self._model.get_embedding_dimension()
        return int(dim or 0)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim).

        Raises
        ------
        EncoderError
            If the device runs out of memory or the model fails.
        """
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        # A lone half of a character pair is no text; tokenizers refuse it.
        valid = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        try:
            rows = self._model.encode(
                valid, prompt=self._prompt, batch_size=self._batch_texts, show_progress_bar=False
            )
        except RuntimeError as error:  # torch's errors, running out of memory among them
            raise EncoderError(f"The model {self._name} failed: {error}") from error
        return _unit(np.asarray(rows, dtype=np.float32))


def has_accelerator() -> bool:
    """Return whether torch has something faster than the processor."""
    import torch

    return bool(torch.accelerator.is_available())


def _load(name: str, precision: str) -> SentenceTransformer:
    """Return the model from its folder, else the local cache, else the hub."""
    if name.startswith(_PATHS) and not Path(name).exists():
        raise EncoderError(f"There is no folder {name!r}; {_CHOICE}.")
    from transformers.utils import logging

    # The engine draws its own progress, and reports failures in one sentence.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        try:
            return _open(name, precision, local_files_only=True)
        except Exception:  # whatever it is, the hub may have it
            if Path(name).exists() or Path(name).is_absolute():
                raise
            _reach_hub()
            return _open(name, precision, local_files_only=False)
    except Exception as error:  # the hub's, the tokenizers' and torch's share no other base
        reason = str(error).strip().partition("\n")[0]
        raise EncoderError(
            f"The encoder {name!r} is neither a folder with a sentence-transformers model nor one "
            f"that can be downloaded now ({type(error).__name__}: {reason}); {_CHOICE}, "
            "or connect to the network."
        ) from error


def _open(name: str, precision: str, *, local_files_only: bool) -> SentenceTransformer:
    """Return the model on the fastest device there is, which the library finds."""
    import torch
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        name,
        local_files_only=local_files_only,
        model_kwargs={"dtype": getattr(torch, precision)},
    )


def _reach_hub() -> None:
    """Raise at once when the hub cannot be reached; the library retries for a minute."""
    from huggingface_hub import constants, get_session

    get_session().head(constants.ENDPOINT, timeout=_HUB_SECONDS)


def _choose_prompt(spec: EncoderSpec, model: SentenceTransformer) -> str:
    """Return what is put before every text: both sides of a comparison get the same."""
    if spec.prompt is not None:
        return spec.prompt
    own = {name.casefold(): prompt for name, prompt in model.prompts.items() if prompt}
    for name in ("clustering", (model.default_prompt_name or "").casefold()):
        if name in own:
            return own[name]
    return "query: " if _E5.search(spec.name) else ""


def _digest(model: SentenceTransformer) -> str:
    """Return sixteen hexadecimal digits that name the weights and how they are pooled."""
    state = hashlib.blake2b(digest_size=8)
    for module in model.children():
        settings: object = getattr(module, "get_config_dict", dict)()
        state.update(type(module).__name__.encode())
        state.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        state.update(f"{name} {tuple(tensor.shape)}".encode())
        state.update(_sample(tensor))
    return state.hexdigest()


def _sample(tensor: Tensor) -> bytes:
    """Return bytes of the first values of `tensor`, the same on every device."""
    values = (
        tensor.detach().flatten().narrow(0, 0, min(tensor.numel(), _SAMPLE_VALUES)).float().cpu()
    )
    return values.numpy().tobytes()


def _unit(rows: Embeddings) -> Embeddings:
    """Return `rows` with length 1; a row of zeros becomes the first axis."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    lengths[empty] = 1
    scaled: Embeddings = rows / lengths
    scaled[empty, 0] = 1
    return scaled
