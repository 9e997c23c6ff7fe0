"""Vectors and an index of all that is stored."""
