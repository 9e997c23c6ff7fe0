"""The layers of the built-in model in ONNX.

Its vectors are in bases, so they stay as they are to the bit. The layers of other models take
less time (`engine.encoding.int8.layers`) and round otherwise.
"""

from __future__ import annotations

import numpy as np

from engine.encoding.int8.graph import Graph, Parameters


def build_graph(weights: Parameters) -> bytes:
    """Return the serialised model; `Graph.serialise` says what it takes and gives."""
    graph = Graph(weights)
    rows = graph.embed()
    for layer in range(weights.shape.n_layers):
        rows = _attend(graph, f"l{layer}.", rows)
        rows = _feed_forward(graph, f"l{layer}.", rows)
    graph.pool(rows)
    return graph.serialise()


def _attend(graph: Graph, layer: str, rows: str) -> str:
    """Add self-attention with its residual and normalisation: (1, n, hidden)."""
    # The product adds the bias in passing, and to the same bits; attention would in three passes.
    bias = np.concatenate([graph.weights.vector(f"{layer}{part}.b") for part in "qkv"])
    joint = graph.multiply(rows, layer + "qkv", [layer + part for part in "qkv"], bias=bias)
    split = [layer + part for part in ("query", "key", "value")]
    graph.add_several("Split", [joint], split, axis=-1, num_outputs=3)
    heads = graph.weights.shape.n_heads
    attended = graph.add("MultiHeadAttention", split, layer + "attended", num_heads=heads)
    change = graph.multiply(attended, layer + "ao")
    return _close(graph, change, rows, dense=layer + "ao", norm=layer + "aln")


def _feed_forward(graph: Graph, layer: str, rows: str) -> str:
    """Add the two dense layers with their residual and normalisation: (1, n, hidden)."""
    wide = graph.multiply_rowwise(rows, layer + "fi")
    bent = graph.add("BiasGelu", [wide, graph.vector(layer + "fi.b")], layer + "gelu")
    narrow = graph.multiply_rowwise(bent, layer + "fo")
    return _close(graph, narrow, rows, dense=layer + "fo", norm=layer + "oln")


def _close(graph: Graph, change: str, rows: str, *, dense: str, norm: str) -> str:
    """Add the bias of `dense`, the residual and the normalisation `norm`."""
    inputs = [change, rows, *(graph.vector(norm + part) for part in (".w", ".b"))]
    return graph.add(
        "SkipLayerNormalization",
        [*inputs, graph.vector(dense + ".b")],
        norm + ".out",
        epsilon=graph.weights.shape.epsilon,
    )
