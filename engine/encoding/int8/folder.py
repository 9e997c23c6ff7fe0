"""Reader of a sentence-transformers folder whose model is like BERT, without torch.

The weights are mapped, not loaded: the graph is built from them once, and afterwards only the
rows of the pieces of a text are touched. Layout of ``model.safetensors``: the length of a head
of JSON as little-endian u64, the head (type, shape and place of each tensor), the tensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.errors import EncoderError

Bytes: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]

_BERT = {
    "emb.word": "embeddings.word_embeddings",
    "emb.pos": "embeddings.position_embeddings",
    "emb.type": "embeddings.token_type_embeddings",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Names of the parts in transformers by those in the graph; of a layer within the layer."""

_MPNET = _BERT | {
    "emb.distance": "encoder.relative_attention_bias",
    "q": "attention.attn.q",
    "k": "attention.attn.k",
    "v": "attention.attn.v",
    "ao": "attention.attn.o",
    "aln": "attention.LayerNorm",
}

_ROBERTA = ("roberta", "xlm-roberta", "camembert")

_TYPES: Mapping[str, type[np.generic]] = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}
"""Types of values by their names in safetensors; numpy has no bfloat16."""

_Tensor: TypeAlias = tuple[str, tuple[int, ...], int, int]

_SETTINGS = (
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
)

_SAMPLE_BYTES = 4096
"""Bytes of each tensor that go into the digest: training changes all of them."""

_BUCKETS, _FARTHEST = 32, 128
"""MPNet's classes of distance, and the distance from which on all are alike, as transformers
has them (`MPNetEncoder.relative_position_bucket`)."""


class UnsuitedError(EncoderError):
    """A model that has no int8 form here."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the model cannot run in int8: {reason}; choose another precision")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the model, and where the table of positions starts."""

    hidden: int
    inner: int
    n_layers: int
    n_heads: int
    epsilon: float
    first_position: int


class ModelFolder:
    """The settings and mapped weights of a model.

    Parameters
    ----------
    path
        Folder of a sentence-transformers model.

    Raises
    ------
    UnsuitedError
        If the model is not BERT, RoBERTa, XLM-RoBERTa or MPNet with mean or first-piece
        pooling, or its weights are not in one file of safetensors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._config: dict[str, Any] = _read_json(path / "config.json")
            self.pooling = _pooling(path)
            self.shape = _shape(self._config)
            self._file: Bytes = np.memmap(path / "model.safetensors", dtype=np.uint8, mode="r")
            self._tensors = _read_head(self._file)
            self._prefix = _prefix(self._tensors)
            self._words = self._raw("emb.word").reshape(-1, self.shape.hidden)
            self.tokenizer = (path / "tokenizer.json").read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnsuitedError(
                f"its folder is not one that is understood here ({error})"
            ) from error

    @property
    def _is_mpnet(self) -> bool:
        return bool(self._config["model_type"] == "mpnet")

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name weights, vocabulary and pooling."""
        state = hashlib.blake2b(digest_size=8)
        state.update(f"{self._config['model_type']} {self.shape} {self.pooling}".encode())
        state.update(self.tokenizer)
        for name, (kind, shape, start, stop) in sorted(self._tensors.items()):
            state.update(f"{name} {kind} {shape}".encode())
            state.update(self._file[start : min(stop, start + _SAMPLE_BYTES)].tobytes())
        return state.hexdigest()

    def settings(self) -> bytes:
        """Return what says which prompt and how many tokens the model takes, as it stands."""
        files = [self.path / name for name in _SETTINGS]
        return b"\0".join(file.read_bytes() if file.is_file() else b"" for file in files)

    @property
    def n_positions(self) -> int:
        """Most pieces of a text."""
        return int(self._config["max_position_embeddings"]) - self.shape.first_position

    def vector(self, name: str) -> Floats:
        """Return the tensor `name`, shape (n,); the table of positions from its start on."""
        if name == "emb.type" and self._is_mpnet:
            return np.zeros(self.shape.hidden, dtype=np.float32)
        values = _as_float32(self._raw(name))
        if name == "emb.pos":
            return values[self.shape.first_position * self.shape.hidden :]
        return values

    def matrix(self, name: str, *, width: int) -> Floats:
        """Return the tensor `name`, shape (n_outputs, width)."""
        return _as_float32(self._raw(name)).reshape(-1, width)

    def word_rows(self, pieces: npt.NDArray[np.int64]) -> Floats:
        """Return the embedding rows of `pieces`, shape (n, hidden), from the mapped file."""
        return _as_float32(self._words[pieces])

    def distances(self) -> Floats | None:
        """Return what attention gains by distance, shape (n_heads, 2 n_positions - 1), if any."""
        if not self._is_mpnet:
            return None
        table = _as_float32(self._raw("emb.distance")).reshape(_BUCKETS, self.shape.n_heads)
        ahead = np.arange(1 - self.n_positions, self.n_positions)
        return np.ascontiguousarray(table[_distance_class(ahead)].T)

    def _raw(self, name: str) -> npt.NDArray[Any]:
        """Return the tensor `name` flat and mapped; bfloat16 as uint16."""
        kind, _, start, stop = self._tensors[self._prefix + self._full_name(name)]
        return self._file[start:stop].view(_TYPES[kind])

    def _full_name(self, name: str) -> str:
        """Return what transformers calls the tensor `name`."""
        parts = _MPNET if self._is_mpnet else _BERT
        end = "bias" if name.endswith(".b") else "weight"
        stem = name.removesuffix(".w").removesuffix(".b")
        if stem in parts:
            return f"{parts[stem]}.{end}"
        layer, _, part = stem.partition(".")
        return f"encoder.layer.{layer[1:]}.{parts[part]}.{end}"


def _prefix(tensors: Mapping[str, _Tensor]) -> str:
    """Return what stands before the names of all tensors, such as ``"bert."``."""
    last = f"{_BERT['emb.word']}.weight"
    found = [name for name in tensors if name.endswith(last)]
    if not found:
        raise ValueError(f"model.safetensors has no {last}")
    return found[0].removesuffix(last)


def _read_json(path: Path) -> Any:  # noqa: ANN401 - it may hold anything
    return json.loads(path.read_text(encoding="utf-8"))


def _read_head(file: Bytes) -> dict[str, _Tensor]:
    """Return type, shape, first byte and end of each tensor."""
    size = int(file[:8].view("<u8")[0])
    head = json.loads(file[8 : 8 + size].tobytes())
    head.pop("__metadata__", None)
    tensors: dict[str, _Tensor] = {}
    for name, entry in head.items():
        start, stop = (8 + size + at for at in entry["data_offsets"])
        if stop > len(file):
            raise ValueError(f"tensor {name!r} reaches beyond the end of model.safetensors")
        tensors[name] = (entry["dtype"], tuple(entry["shape"]), start, stop)
    return tensors


def _shape(config: Mapping[str, Any]) -> Shape:
    """Return the sizes of the model; ValueError if it is not of a kind that is known here."""
    kind = config["model_type"]
    if kind not in {"bert", "mpnet", *_ROBERTA}:
        raise ValueError(f"a model of type {kind!r}")
    asked = {"hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
    for name, expected in asked.items():
        if config.get(name, expected) != expected:
            raise ValueError(f"{name} {config[name]!r}")
    return Shape(
        hidden=config["hidden_size"],
        inner=config["intermediate_size"],
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
        # All but BERT count from the number of the padding piece on.
        first_position=0 if kind == "bert" else config["pad_token_id"] + 1,
    )


def _pooling(path: Path) -> str:
    """Return ``"mean"`` or ``"cls"``; ValueError if the vector is made in another way."""
    modules = _read_json(path / "modules.json")
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise ValueError(f"modules {', '.join(kinds)}")
    if modules[0]["path"]:
        raise ValueError(f"a model in the folder {modules[0]['path']}")
    settings = _read_json(path / modules[1]["path"] / "config.json")
    if not settings.get("include_prompt", True):
        raise ValueError("a prompt that is left out of the pooling")
    # Until sentence-transformers 5 there was a flag for each way.
    flags = {name for name, value in settings.items() if name.startswith("pooling_mode_") and value}
    ways = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    way = settings.get("pooling_mode") or "+".join(ways.get(flag, flag) for flag in sorted(flags))
    if way not in {"mean", "cls"}:
        raise ValueError(f"pooling {way!r}")
    return str(way)


def _as_float32(values: npt.NDArray[Any]) -> Floats:
    """Return `values`, of which uint16 are bfloat16, as float32."""
    if values.dtype == np.uint16:
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float32)


def _distance_class(ahead: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the class of each distance, positive where the other piece comes later.

    Half of the classes are for each side; of these, half for single distances and the others
    for spans that grow with their logarithm.
    """
    half = _BUCKETS // 2
    exact = half // 2
    far = np.maximum(np.abs(ahead), 1).astype(np.float32)
    ratio = np.log(far / np.float32(exact)) / np.float32(np.log(_FARTHEST / exact))
    wide = np.minimum(exact + (ratio * np.float32(half - exact)).astype(np.int64), half - 1)
    near = np.abs(ahead)
    classes: npt.NDArray[np.int64] = np.where(near < exact, near, wide) + half * (ahead > 0)
    return classes
