"""What the ONNX graphs of BERT-like models with int8 matrices are written with.

Their layers are in `engine.encoding.int8.layers` and, for the built-in model, whose vectors are in
bases, in `engine.encoding.e5.layers`. Building a graph takes a fifth of a second for a small model.
It takes one text at a time: no padding, no mask, and a vector that does not depend on what else is
encoded with it. Word embeddings are looked up outside, from the mapped file, so that the largest
table of the model is never loaded.
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


class Graph:
    """Nodes and constants under construction.

    Parameters
    ----------
    weights
        Of the model.
    """

    def __init__(self, weights: Parameters) -> None:
        self.weights = weights
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
        self.add_several(kind, inputs, [output], domain=domain, **options)
        return output

    def add_several(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        *,
        domain: str = "",
        **options: int | float,
    ) -> Sequence[str]:
        """Add a node with several outputs and return their names."""
        node = helper.make_node(kind, inputs, outputs, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in options.items())
        self._nodes.append(node)
        return outputs

    def constant(self, name: str, values: npt.NDArray[Any] | np.int64) -> str:
        """Add a constant and return its name."""
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def vector(self, name: str) -> str:
        """Add the float32 tensor `name` of the weights."""
        return self.constant(name, self.weights.vector(name))

    def embed(self) -> str:
        """Add positions and the token type to the words, and normalise: (1, n, hidden)."""
        shape = self.weights.shape
        positions = self.weights.vector("emb.pos").reshape(1, -1, shape.hidden)
        kinds = self.weights.vector("emb.type").reshape(-1, shape.hidden)
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

    def pool(self, rows: str, pooling: str = "mean") -> str:
        """Add the mean of all rows, or for ``"cls"`` the first, of length 1: (1, hidden)."""
        if pooling == "cls":
            first = self.constant("axes", np.int64(0))
            self.add("Gather", [rows, first], "pooled", domain="", axis=1)
        else:
            axes = self.constant("axes", np.array([1], dtype=np.int64))
            self.add("ReduceMean", [rows, axes], "pooled", domain="", keepdims=0)
        return self.add("LpNormalization", ["pooled"], "vector", domain="", axis=-1, p=2)

    def multiply(
        self, rows: str, name: str, parts: Sequence[str] = (), *, bias: Floats | None = None
    ) -> str:
        """Multiply by the matrix `name`, or by several side by side, in int8, and add `bias`."""
        matrix = np.concatenate([self.matrix(part) for part in parts or [name]])
        inputs = [rows, *self.levels(name, matrix)]
        if bias is not None:
            inputs += ["", self.constant(name + ".b", bias)]
        return self.add("DynamicQuantizeMatMul", inputs, name + ".out")

    def multiply_rowwise(self, rows: str, name: str) -> str:
        """Multiply in int8 with a range of its own for each token.

        The first and last piece of every text carry activations some twenty times those of
        the words; with one range for all, the words would be left with few of 256 levels.
        """
        size = self.add("Abs", [rows], name + ".abs", domain="")
        return self.multiply_even(rows, self.largest(size, name), name)

    def largest(self, rows: str, name: str) -> str:
        """Add the largest value of each row: (1, n, 1)."""
        axes = self.constant(name + ".axes", np.array([-1], dtype=np.int64))
        return self.add("ReduceMax", [rows, axes], name + ".max", domain="", keepdims=1)

    def multiply_even(self, rows: str, sizes: str, name: str) -> str:
        """Multiply in int8 as if all rows were of one of `sizes`, and undo it."""
        even = self.add("Div", [rows, sizes], name + ".even", domain="")
        return self.add("Mul", [self.multiply(even, name), sizes], name + ".back", domain="")

    def levels(self, name: str, matrix: Floats) -> list[str]:
        """Add the int8 levels of `matrix` and the scale of each of its outputs."""
        levels, scales = _quantise(matrix)
        return [self.constant(name + ".w", levels), self.constant(name + ".s", scales)]

    def matrix(self, name: str) -> Floats:
        """Return the matrix `name`, shape (n_outputs, n_inputs)."""
        shape = self.weights.shape
        width = shape.inner if name.endswith("fo") else shape.hidden
        return self.weights.matrix(name + ".w", width=width)

    def serialise(self) -> bytes:
        """Return the finished model.

        Its input ``words`` is float32, shape (1, n_tokens, hidden): the embedding rows of one
        text's pieces. Its output ``vector`` is float32, shape (1, hidden), of length 1.
        """
        hidden = self.weights.shape.hidden
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
