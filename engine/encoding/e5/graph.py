"""The ONNX graph of multilingual-e5-small with int8 matrices, written from the weights.

Building it takes a fifth of a second, so it is made in memory at every start and never
cached. The graph takes one text at a time: no padding, no mask, and a vector that does not
depend on what else is encoded with it. Word embeddings are looked up outside, from the
mapped file, so that the largest table of the model is never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.encoding.e5.weights import Floats, Weights

_FUSED = "com.microsoft"
"""Operators of ONNX Runtime itself, in every build of it since 1.16."""

_LEVELS = 64
"""Largest int8 weight. Processors without VNNI add two products of an unsigned activation
and a weight in 16 bits, which saturates above 32767: 255 * 64 * 2 = 32640 never does. The
8th bit would be worth 0.0004 of cosine (docs/decisions/0003-encoders.md)."""


def build_graph(weights: Weights) -> bytes:
    """Return the serialised model.

    Its input ``words`` is float32, shape (1, n_tokens, hidden): the embedding rows of one
    text's pieces. Its output ``vector`` is float32, shape (1, hidden), of length 1.
    """
    graph = _Graph(weights)
    shape = weights.shape
    rows = graph.embed()
    for layer in range(shape.n_layers):
        rows = graph.attend(f"l{layer}.", rows)
        rows = graph.feed_forward(f"l{layer}.", rows)
    axes = graph.constant("axes", np.array([1], dtype=np.int64))
    graph.add("ReduceMean", [rows, axes], "mean", domain="", keepdims=0)
    graph.add("LpNormalization", ["mean"], "vector", domain="", axis=-1, p=2)
    return graph.serialise()


class _Graph:
    """Nodes and constants under construction."""

    def __init__(self, weights: Weights) -> None:
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

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add a constant and return its name."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
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

    def attend(self, layer: str, rows: str) -> str:
        """Add self-attention with its residual and normalisation: (1, n, hidden)."""
        joint = self._multiply(rows, layer + "qkv", [layer + part for part in "qkv"])
        split = [layer + part for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [joint], split, axis=-1, num_outputs=3))
        bias = np.concatenate([self._weights.vector(f"{layer}{part}.b") for part in "qkv"])
        attended = self.add(
            "MultiHeadAttention",
            [*split, self.constant(layer + "qkv.b", bias)],
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
            "e5-small",
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
    scales = (np.abs(matrix).max(axis=1) / _LEVELS).astype(np.float32)
    levels = np.rint(matrix / scales[:, np.newaxis]).astype(np.int8)
    return levels.T, scales
