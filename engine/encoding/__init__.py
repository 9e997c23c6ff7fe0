"""Texts to unit vectors: encoders behind one protocol, and language centring."""

from engine.encoding.centring import Centring, fit_centring, reference_offsets
from engine.encoding.hashing import HashingEncoder
from engine.encoding.registry import open_encoder, settled

__all__ = [
    "Centring",
    "HashingEncoder",
    "fit_centring",
    "open_encoder",
    "reference_offsets",
    "settled",
]
