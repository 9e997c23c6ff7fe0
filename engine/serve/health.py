"""Whether a server answers; apart from other values, whose imports take longer than to tell it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain import Value


@dataclass(frozen=True, slots=True)
class Health(Value):
    """Whether the server answers, and from what.

    Attributes
    ----------
    ready
        Whether questions are answered.
    generation
        The live one, or None.
    stale
        Whether something was published that cannot be read, so that an older one answers.
    fingerprint
        Of the encoder of the live generation, or None.
    centring
        Checksum of the means of its languages, or None: cosines of two bases with the same one
        compare.
    """

    ready: bool
    generation: str | None
    stale: bool
    fingerprint: str | None = None
    centring: str | None = None
