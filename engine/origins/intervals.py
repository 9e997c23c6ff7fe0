"""How sure a share is that was counted in few cases."""

from __future__ import annotations

from math import sqrt

_CONFIDENCE = 1.96
"""Standard deviations of 95 %, as is usual."""


def wilson(n_found: int, n_cases: int) -> tuple[float, float]:
    """Return between which shares the true one lies with 95 % confidence.

    The score interval (Wilson 1927, "Probable inference, the law of succession, and statistical
    inference").

    Parameters
    ----------
    n_found, n_cases
        Cases in which it is so, of all; without any case the share may be anything.
    """
    if not n_cases:
        return 0.0, 1.0
    share, z = n_found / n_cases, _CONFIDENCE**2 / n_cases
    spread = _CONFIDENCE * sqrt(share * (1 - share) / n_cases + z / n_cases / 4)
    centre = share + z / 2
    return max(0.0, (centre - spread) / (1 + z)), min(1.0, (centre + spread) / (1 + z))
