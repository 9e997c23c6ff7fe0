"""How fast a model runs on this machine in each way that it can, and how near float32."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TypeAlias

import numpy as np

from engine.domain import Embeddings, EncoderSpec, Value, embedding_text
from engine.encoding import open_encoder, ways_to_run
from engine.protocols import Progress, silent

Encode: TypeAlias = Callable[[Sequence[str]], Embeddings]

WARM_UP = 4
"""Texts that each way encodes before it is timed."""


@dataclass(frozen=True, slots=True)
class TimedWay(Value):
    """One way to run a model.

    Attributes
    ----------
    way
        Its precision; of the built-in model, its runtime.
    texts_per_second
        Median over the rounds.
    times_first
        Median over the rounds of the speed against the first way in the same round.
    cosine
        Mean cosine to the vectors of the first way.
    """

    way: str
    texts_per_second: float
    times_first: float
    cosine: float


@dataclass(frozen=True, slots=True)
class ModelBench(Value):
    """What was timed.

    Attributes
    ----------
    model
        Its name or folder.
    n_texts, n_rounds
        Texts in a round, and rounds.
    ways
        The first is what others are compared with: the model as sentence-transformers runs it in
        float32, or the compiled engine of the built-in model, whose cosine to float32 is 0.9999.
    impossible
        Why a way is not among them, by its name.
    """

    model: str
    n_texts: int
    n_rounds: int
    ways: tuple[TimedWay, ...]
    impossible: dict[str, str]


def bench_model(
    name: str, *, n_texts: int = 96, n_rounds: int = 3, progress: Progress = silent
) -> ModelBench:
    """Encode the texts of the sample in every way in turn, in `n_rounds` interleaved rounds.

    Raises
    ------
    EncoderError
        If the model is not there or cannot run.
    """
    possible, impossible = ways_to_run(EncoderSpec(name))
    ways = {way: _encode(spec, storing=storing) for way, (spec, storing) in possible.items()}
    texts = _texts(n_texts)
    for encode in ways.values():
        encode(texts[:WARM_UP])
    speeds = np.empty((n_rounds, len(ways)))
    rows: list[Embeddings] = []
    for number in range(n_rounds):
        progress("rounds", number, n_rounds)
        rows = []
        for column, encode in enumerate(ways.values()):
            started = time.perf_counter()
            rows.append(encode(texts))
            speeds[number, column] = len(texts) / (time.perf_counter() - started)
    progress("rounds", n_rounds, n_rounds)
    ratios = np.median(speeds / speeds[:, :1], axis=0)
    middle = np.median(speeds, axis=0)
    timed = tuple(
        TimedWay(
            way,
            round(float(middle[column]), 2),
            round(float(ratios[column]), 2),
            round(float((rows[column] * rows[0]).sum(axis=1).mean()), 4),
        )
        for column, way in enumerate(ways)
    )
    return ModelBench(name, len(texts), n_rounds, timed, impossible)


def _encode(spec: EncoderSpec, *, storing: bool) -> Encode:
    """Return what encodes texts in one way; one text a call where the vectors are not kept."""
    encoder = open_encoder(spec, storing=storing)
    if storing:
        return encoder.encode
    return lambda texts: np.concatenate([encoder.encode([text]) for text in texts])


def _texts(count: int) -> list[str]:
    """Return `count` texts of the shipped articles as they are embedded, repeated if need be."""
    file = resources.files("engine") / "sample" / "articles.jsonl"
    articles = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    texts = [embedding_text(article["title"], article["text"]) for article in articles]
    return [texts[number % len(texts)] for number in range(count)]
