"""The ONNX graph of a BERT-like model with int8 matrices, written from its weights.

BERT, RoBERTa, XLM-RoBERTa and MPNet differ in the names of their weights, in where positions
start and, MPNet, in a bias for the distance of two pieces; what is built here is the same.
Building it takes a fifth of a second for a small model. The graph takes one text at a time: no
padding, no mask, and a vector that does not depend on what else is encoded with it. Word
embeddings are looked up outside, from the mapped file, so that the largest table of the model
is never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats: TypeAlias = npt.NDArray[np.float32]

_FUSED = "com.microsoft"
"""Operators of ONNX Runtime itself, in every build of it since 1.16."""

_LEVELS = 64
"""Largest int8 weight. Processors without VNNI add two products of an unsigned activation
and a weight in 16 bits, which saturates above 32767: 255 * 64 * 2 = 32640 never does. The
8th bit would be worth 0.0004 of cosine (docs/decisions/0003-encoders.md)."""


class Shape(Protocol):
    """Sizes of a model."""

    @property
    def hidden(self) -> int:
        """Length of the vector of a piece."""

    @property
    def inner(self) -> int:
        """Length of it within the feed-forward layers."""

    @property
    def n_layers(self) -> int:
        """Number of layers."""

    @property
    def n_heads(self) -> int:
        """Number of heads of attention."""

    @property
    def epsilon(self) -> float:
        """Added to variances."""


class Parameters(Protocol):
    """The weights of a model under the names of the built-in one.

    These are ``emb.pos``, ``emb.type``, ``emb.ln.w/b`` and, of layer N, ``lN.q|k|v|ao|fi|fo.w/b``
    and ``lN.aln|oln.w/b``.
    """

    @property
    def shape(self) -> Shape:
        """Sizes of the model."""

    def vector(self, name: str) -> Floats:
        """Return the tensor `name`, shape (n,)."""

    def matrix(self, name: str, *, width: int) -> Floats:
        """Return the tensor `name`, shape (n_outputs, width)."""


def build_graph(
    weights: Parameters, *, pooling: str = "mean", distances: Floats | None = None
) -> bytes:
    """Return the serialised model.

    Its input ``words`` is float32, shape (1, n_tokens, hidden): the embedding rows of one
    text's pieces. Its output ``vector`` is float32, shape (1, hidden), of length 1.

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
    graph = _Graph(weights)
    shape = weights.shape
    rows = graph.embed()
    bias = "" if distances is None else graph.distance_bias(distances)
    for layer in range(shape.n_layers):
        rows = graph.attend(f"l{layer}.", rows, bias)
        rows = graph.feed_forward(f"l{layer}.", rows)
    if pooling == "cls":
        graph.add("Gather", [rows, graph.constant("axes", np.int64(0))], "mean", domain="", axis=1)
    else:
        axes = graph.constant("axes", np.array([1], dtype=np.int64))
        graph.add("ReduceMean", [rows, axes], "mean", domain="", keepdims=0)
    graph.add("LpNormalization", ["mean"], "vector", domain="", axis=-1, p=2)
    return graph.serialise()


class _Graph:
    """Nodes and constants under construction."""

    def __init__(self, weights: Parameters) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str,
        *,
        domain: str = _FUSED,
        **options: int | float,
    ) -> str:
        """Add a node with one output and return the output's name."""
        node = helper.make_node(kind, inputs, [output], domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in options.items())
        self._nodes.append(node)
        return output

    def constant(self, name: str, values: npt.NDArray[Any] | np.int64) -> str:
        """Add a constant and return its name."""
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def vector(self, name: str) -> str:
        """Add the float32 tensor `name` of the weights."""
        return self.constant(name, self._weights.vector(name))

    def embed(self) -> str:
        """Add positions and the token type to the words, and normalise: (1, n, hidden)."""
        shape = self._weights.shape
        positions = self._weights.vector("emb.pos").reshape(1, -1, shape.hidden)
        kinds = self._weights.vector("emb.type").reshape(-1, shape.hidden)
        table = self.constant("positions", positions + kinds[0])
        first = self.constant("first", np.array([0], dtype=np.int64))
        axis = self.constant("axis", np.array([1], dtype=np.int64))
        self.add("Shape", ["words"], "n_tokens", domain="", start=1, end=2)
        self.add("Slice", [table, first, "n_tokens", axis], "places", domain="")
        self.add("Add", ["words", "places"], "placed", domain="")
        return self.add(
            "LayerNormalization",
            ["placed", self.vector("emb.ln.w"), self.vector("emb.ln.b")],
            "embedded",
            domain="",
            axis=-1,
            epsilon=shape.epsilon,
        )

    def distance_bias(self, distances: Floats) -> str:
        """Add what attention gains by distance: (1, n_heads, n, n)."""
        zero, one = self.constant("zero", np.int64(0)), self.constant("one", np.int64(1))
        origin = self.constant("origin", np.int64(distances.shape[1] // 2))
        table = self.constant("distances", distances)
        down, across = (self.constant(f"axis {n}", np.array([n], dtype=np.int64)) for n in (1, 0))
        self.add("Squeeze", ["n_tokens"], "length", domain="")
        self.add("Range", [zero, "length", one], "range", domain="")
        self.add("Add", ["range", origin], "range.shifted", domain="")
        self.add("Unsqueeze", ["range.shifted", across], "to", domain="")
        self.add("Unsqueeze", ["range", down], "from", domain="")
        self.add("Sub", ["to", "from"], "distance", domain="")  # (n, n)
        self.add("Gather", [table, "distance"], "by.distance", domain="", axis=1)
        return self.add("Unsqueeze", ["by.distance", across], "bias", domain="")

    def attend(self, layer: str, rows: str, distance_bias: str) -> str:
        """Add self-attention with its residual and normalisation: (1, n, hidden)."""
        joint = self._multiply(rows, layer + "qkv", [layer + part for part in "qkv"])
        split = [layer + part for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [joint], split, axis=-1, num_outputs=3))
        bias = np.concatenate([self._weights.vector(f"{layer}{part}.b") for part in "qkv"])
        inputs = [*split, self.constant(layer + "qkv.b", bias)]
        attended = self.add(
            "MultiHeadAttention",
            [*inputs, "", distance_bias] if distance_bias else inputs,
            layer + "attended",
            num_heads=self._weights.shape.n_heads,
        )
        return self._close(
            self._multiply(attended, layer + "ao"), rows, layer + "ao", layer + "aln"
        )

    def feed_forward(self, layer: str, rows: str) -> str:
        """Add the two dense layers with their residual and normalisation: (1, n, hidden)."""
        wide = self._multiply_rowwise(rows, layer + "fi")
        bent = self.add("BiasGelu", [wide, self.vector(layer + "fi.b")], layer + "gelu")
        narrow = self._multiply_rowwise(bent, layer + "fo")
        return self._close(narrow, rows, layer + "fo", layer + "oln")

    def _close(self, change: str, rows: str, dense: str, norm: str) -> str:
        """Add the bias of `dense`, the residual and the normalisation `norm`."""
        inputs = [change, rows, *(self.vector(norm + part) for part in (".w", ".b"))]
        return self.add(
            "SkipLayerNormalization",
            [*inputs, self.vector(dense + ".b")],
            norm + ".out",
            epsilon=self._weights.shape.epsilon,
        )

    def _multiply(self, rows: str, name: str, parts: Sequence[str] = ()) -> str:
        """Multiply by the matrix `name`, or by several side by side, in int8."""
        matrix = np.concatenate([self._matrix(part) for part in parts or [name]])
        levels, scales = _quantise(matrix)
        inputs = [rows, self.constant(name + ".w", levels), self.constant(name + ".s", scales)]
        return self.add("DynamicQuantizeMatMul", inputs, name + ".out")

    def _multiply_rowwise(self, rows: str, name: str) -> str:
        """Multiply in int8 with a range of its own for each token.

        The first and last piece of every text carry activations some twenty times those of
        the words; with one range for all, the words would be left with few of 256 levels.
        """
        axes = self.constant(name + ".axes", np.array([-1], dtype=np.int64))
        size = self.add("Abs", [rows], name + ".abs", domain="")
        largest = self.add("ReduceMax", [size, axes], name + ".max", domain="", keepdims=1)
        even = self.add("Div", [rows, largest], name + ".even", domain="")
        return self.add("Mul", [self._multiply(even, name), largest], name + ".back", domain="")

    def _matrix(self, name: str) -> Floats:
        """Return the matrix `name`, shape (n_outputs, n_inputs)."""
        shape = self._weights.shape
        width = shape.inner if name.endswith("fo") else shape.hidden
        return self._weights.matrix(name + ".w", width=width)

    def serialise(self) -> bytes:
        """Return the finished model."""
        hidden = self._weights.shape.hidden
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "n_tokens", hidden])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, hidden])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        serialised: bytes = model.SerializeToString()
        return serialised


def _quantise(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Return int8 levels, shape (n_inputs, n_outputs), and a scale for each output."""
    largest = np.maximum(matrix.max(axis=1), -matrix.min(axis=1))
    scales = (largest / _LEVELS).astype(np.float32)
    levels = matrix / scales[:, np.newaxis]
    np.rint(levels, out=levels)
    return levels.astype(np.int8).T, scales
