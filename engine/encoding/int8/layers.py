"""The layers of any BERT-like model in ONNX, from the operators that take least time.

BERT, RoBERTa, XLM-RoBERTa and MPNet differ in the names of their weights, in where positions
start and, MPNet, in a bias for the distance of two pieces; what is built here is the same. ONNX
Runtime's own normalisation adds up one value after another where these simple operators add up
eight; a product adds its bias as it writes; and three products of one quantised input need no
split (docs/encoding-profile.md).
"""

from __future__ import annotations

import numpy as np

from engine.encoding.int8.graph import Floats, Graph, Parameters

_LEAST_OF_GELU = 0.17
"""Its values are never below -0.16998: below this, they are no reason for a range."""


def build_graph(
    weights: Parameters, *, pooling: str = "mean", distances: Floats | None = None
) -> bytes:
    """Return the serialised model; `Graph.serialise` says what it takes and gives.

    Parameters
    ----------
    weights
        Of the model.
    pooling
        ``"mean"`` of all pieces, or ``"cls"``: the first.
    distances
        What is added to the attention of each head from one piece to another by how far that is
        behind, shape (n_heads, 2 * n_positions - 1), the middle being the piece itself.
    """
    graph = Graph(weights)
    rows = graph.embed()
    bias = "" if distances is None else _distance_bias(graph, distances)
    for layer in range(weights.shape.n_layers):
        rows = _attend(graph, f"l{layer}.", rows, bias)
        rows = _feed_forward(graph, f"l{layer}.", rows)
    graph.pool(rows, pooling)
    return graph.serialise()


def _distance_bias(graph: Graph, distances: Floats) -> str:
    """Add what attention gains by distance: (1, n_heads, n, n)."""
    zero, one = graph.constant("zero", np.int64(0)), graph.constant("one", np.int64(1))
    origin = graph.constant("origin", np.int64(distances.shape[1] // 2))
    table = graph.constant("distances", distances)
    down, across = (graph.constant(f"axis {n}", np.array([n], dtype=np.int64)) for n in (1, 0))
    graph.add("Squeeze", ["n_tokens"], "length", domain="")
    graph.add("Range", [zero, "length", one], "range", domain="")
    graph.add("Add", ["range", origin], "range.shifted", domain="")
    graph.add("Unsqueeze", ["range.shifted", across], "to", domain="")
    graph.add("Unsqueeze", ["range", down], "from", domain="")
    graph.add("Sub", ["to", "from"], "distance", domain="")  # (n, n)
    graph.add("Gather", [table, "distance"], "by.distance", domain="", axis=1)
    return graph.add("Unsqueeze", ["by.distance", across], "bias", domain="")


def _attend(graph: Graph, layer: str, rows: str, distance_bias: str) -> str:
    """Add self-attention with its residual and normalisation: (1, n, hidden)."""
    quantised = [layer + part for part in ("levels", "scale", "zero")]
    levels, scale, zero = graph.add_several("DynamicQuantizeLinear", [rows], quantised)
    inputs = []
    for part in (layer + kind for kind in "qkv"):
        matrix, scales = graph.levels(part, graph.matrix(part))
        product = [levels, matrix, scale, scales, zero, "", graph.vector(part + ".b")]
        inputs.append(graph.add("MatMulIntegerToFloat", product, part + ".out"))
    if distance_bias:
        inputs += ["", "", distance_bias]
    heads = graph.weights.shape.n_heads
    attended = graph.add("MultiHeadAttention", inputs, layer + "attended", num_heads=heads)
    bias = graph.weights.vector(layer + "ao.b")
    return _close(graph, graph.multiply(attended, layer + "ao", bias=bias), rows, layer + "aln")


def _feed_forward(graph: Graph, layer: str, rows: str) -> str:
    """Add the two dense layers with their residual and normalisation: (1, n, hidden)."""
    wide = graph.multiply_rowwise(rows, layer + "fi")
    bent = graph.add("BiasGelu", [wide, graph.vector(layer + "fi.b")], layer + "gelu")
    least = graph.constant(layer + "least", np.array(_LEAST_OF_GELU, dtype=np.float32))
    largest = graph.largest(bent, layer + "fo")
    sizes = graph.add("Max", [largest, least], layer + "fo.size", domain="")
    narrow = graph.multiply_even(bent, sizes, layer + "fo")
    change = graph.add("Add", [narrow, graph.vector(layer + "fo.b")], layer + "change", domain="")
    return _close(graph, change, rows, layer + "oln")


def _close(graph: Graph, change: str, rows: str, norm: str) -> str:
    """Add the residual and the normalisation `norm`.

    Its epsilon is left out: it keeps rows of zeros from a division by zero, which
    ``LpNormalization`` does by itself, and is nothing beside the variance of any other.
    """
    axes = graph.constant(norm + ".axes", np.array([-1], dtype=np.int64))
    whole = graph.add("Add", [change, rows], norm + ".sum", domain="")
    mean = graph.add("ReduceMean", [whole, axes], norm + ".mean", domain="", keepdims=1)
    centred = graph.add("Sub", [whole, mean], norm + ".centred", domain="")
    unit = graph.add("LpNormalization", [centred], norm + ".unit", domain="", axis=-1, p=2)
    # Of a unit vector the variance is one over its length.
    weight = graph.weights.vector(norm + ".w") * np.float32(graph.weights.shape.hidden**0.5)
    scale = graph.constant(norm + ".w", weight)
    scaled = graph.add("Mul", [unit, scale], norm + ".scaled", domain="")
    return graph.add("Add", [scaled, graph.vector(norm + ".b")], norm + ".out", domain="")
