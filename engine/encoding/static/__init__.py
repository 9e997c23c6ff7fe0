"""A model without layers, distilled from the built-in one: for archives."""

from engine.encoding.static.encoder import StaticEncoder
from engine.encoding.static.kept import open_static

__all__ = ["StaticEncoder", "open_static"]
