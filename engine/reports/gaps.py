"""Times between articles, in words."""

from __future__ import annotations


def gap(hours: float) -> str:
    """Return a time in the largest unit of which there are two, in words."""
    for unit, size in (("day", 24), ("hour", 1)):
        if hours >= 2 * size:
            return f"{hours / size:.0f} {unit}s"
    return f"{60 * hours:.0f} minutes"
