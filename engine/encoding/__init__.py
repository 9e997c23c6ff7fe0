"""Texts to unit vectors: encoders behind one protocol, and language centring."""

from engine.encoding.centring import Centring, fit_centring, reference_offsets
from engine.encoding.hashing import HashingEncoder
from engine.encoding.length import LengthOffset, fit_length_offset
from engine.encoding.registry import Settled, open_encoder, settled, ways_to_run

__all__ = [
    "Centring",
    "HashingEncoder",
    "LengthOffset",
    "Settled",
    "fit_centring",
    "fit_length_offset",
    "open_encoder",
    "reference_offsets",
    "settled",
    "ways_to_run",
]
