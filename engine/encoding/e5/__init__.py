"""The built-in multilingual-e5-small: one set of weights, two runtimes."""

from engine.encoding.e5.encoder import E5Encoder

__all__ = ["E5Encoder"]
