"""One text for each of the processor's threads, in ONNX Runtime.

Measured against batches with padding, one text at a time on each thread is faster, needs little
memory, and gives every text the same vector whatever it is encoded with
(docs/decisions/0003-encoders.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.domain import Embeddings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(graph: bytes) -> InferenceSession:
    """Return an ONNX Runtime session of `graph` in which every call uses one thread."""
    import onnxruntime  # loaded only when many texts are encoded

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the threads are ours: one text each
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a plan for each length of text would pile up
    options.log_severity_level = 3  # errors only
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run_graph(session: InferenceSession, words: Embeddings) -> Embeddings:
    """Return the vector, shape (dim,), of the embedding rows of one text, (n_tokens, dim)."""
    vector: Embeddings = session.run(["vector"], {"words": words[np.newaxis]})[0][0]  # of (1, dim)
    return vector


def encode_each(
    texts: Sequence[str], encode: Callable[[str], Embeddings], *, dim: int
) -> Embeddings:
    """Return ``encode(text)`` for each text on all processors, shape (n_texts, dim)."""
    rows = np.empty((len(texts), dim), dtype=np.float32)
    if len(texts) == 1:  # a question is not worth threads
        rows[0] = encode(texts[0])
        return rows

    def fill(number: int) -> None:
        rows[number] = encode(texts[number])

    from concurrent.futures import ThreadPoolExecutor  # the other runtime needs none

    # Longest first, so that no thread is left alone with a long text at the end.
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
    with ThreadPoolExecutor(n_processors()) as pool:
        for _ in pool.map(fill, order):
            pass
    return rows


def n_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
