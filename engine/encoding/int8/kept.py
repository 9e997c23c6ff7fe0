"""Int8 graphs of models, made and checked once on a machine and kept in its cache.

A graph is kept as ``DIGEST.onnx`` with what is known of it as ``DIGEST.json``, which is written
last and names the graph's SHA-256: a graph that is damaged or half written is made again. Where
nothing can be written, the graph is made for each process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from engine.disk.files import replace_file
from engine.disk.layout import cache_folder
from engine.encoding.centring import reference_sentences
from engine.encoding.int8.folder import ModelFolder, UnsuitedError
from engine.encoding.int8.model import Int8Model

if TYPE_CHECKING:
    from engine.encoding.sentence import SentenceEncoder

VERSION = 2
"""Raised whenever a graph gives other vectors or its file another meaning."""

LEAST_AGREEMENT = 0.99
"""Mean cosine of int8 to float32 on the reference sentences below which a model is not run in
int8: what the built-in model's own int8 keeps is 0.999, and 0.997 changed no hit@1
(docs/decisions/0003-encoders.md)."""

_EVERY = 8
"""Of every so many languages all sentences in one text are compared too, for long inputs."""


@dataclass(frozen=True, slots=True)
class KeptGraph:
    """A graph with what the plain model says of itself.

    Attributes
    ----------
    version
        `VERSION` of the engine that made it.
    cosine
        Mean cosine to float32 on the reference sentences.
    prompt, max_tokens
        The model's own.
    sha256
        Of the graph.
    """

    version: int
    cosine: float
    prompt: str
    max_tokens: int
    sha256: str


def kept_graph(
    folder: ModelFolder, name: str, open_plain: Callable[[], SentenceEncoder]
) -> tuple[KeptGraph, bytes]:
    """Return the graph of the model in `folder`, from the cache or made now.

    Parameters
    ----------
    folder
        The model.
    name
        What it is called: E5 models are told by it.
    open_plain
        Opens it in sentence-transformers, to compare with.

    Raises
    ------
    UnsuitedError
        If the vectors are too far from those of float32.
    EncoderError
        If the model cannot run.
    """
    known = f"{name} {folder.digest}".encode() + folder.settings()
    key = hashlib.blake2b(known, digest_size=12).hexdigest()
    path = cache_folder() / f"{key}.onnx"
    with suppress(OSError):  # a cache that cannot be written is none
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            found = _read(path)
            if found is None:
                found = _made(folder, open_plain)
                replace_file(path, found[1])
                record = json.dumps(asdict(found[0]), ensure_ascii=False)
                replace_file(path.with_suffix(".json"), record.encode())
            return _agreeing(*found)
    return _agreeing(*_made(folder, open_plain))


def _read(path: Path) -> tuple[KeptGraph, bytes] | None:
    """Return what is kept in `path`; None if it is not there, not whole or of another version."""
    try:
        record = KeptGraph(**json.loads(path.with_suffix(".json").read_bytes()))
        graph = path.read_bytes()
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if record.version != VERSION or record.sha256 != hashlib.sha256(graph).hexdigest():
        return None
    return record, graph


def _made(
    folder: ModelFolder, open_plain: Callable[[], SentenceEncoder]
) -> tuple[KeptGraph, bytes]:
    """Build the graph and compare its vectors with those of the plain model."""
    from engine.encoding.int8.layers import build_graph  # imports onnx

    try:
        graph = build_graph(folder, pooling=folder.pooling, distances=folder.distances())
    except (KeyError, ValueError) as error:
        raise UnsuitedError(f"its weights are not those of its type ({error})") from error
    plain = open_plain()
    prompt, max_tokens = (
        plain.prompt,
        min(plain.max_tokens or folder.n_positions, folder.n_positions),
    )
    quick = Int8Model(folder, graph, prompt=prompt, max_tokens=max_tokens)
    languages = list(reference_sentences().values())
    texts = [sentences[0] for sentences in languages]
    texts += [" ".join(sentences) for sentences in languages[::_EVERY]]
    cosine = float((plain.encode(texts) * quick.encode(texts)).sum(axis=1).mean())
    return KeptGraph(VERSION, cosine, prompt, max_tokens, hashlib.sha256(graph).hexdigest()), graph


def _agreeing(record: KeptGraph, graph: bytes) -> tuple[KeptGraph, bytes]:
    """Return both; UnsuitedError if the vectors agree too little with those of float32."""
    if not record.cosine >= LEAST_AGREEMENT:
        raise UnsuitedError(
            f"int8 and float32 agree to a cosine of {record.cosine:.4f} on the reference "
            f"sentences, and {LEAST_AGREEMENT} is asked for"
        )
    return record, graph
