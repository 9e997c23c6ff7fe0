"""BERT-like models in int8 without torch: a graph from the weights, one text for each thread."""

from engine.encoding.int8.encoder import Int8Encoder
from engine.encoding.int8.folder import UnsuitedError

__all__ = ["Int8Encoder", "UnsuitedError"]
