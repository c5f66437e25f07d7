"""Ranges that people give, low, likely and high, as triangular distributions.

What is estimated in ranges does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quantiles(low: Floats, likely: Floats, high: Floats, u: Floats) -> Floats:
    """Quantiles ``u`` (d, m) of m triangles: (d, m). A range without width stays a point."""
    width = np.where(high > low, high - low, 1.0)
    turn = (likely - low) / width
    rising = low + np.sqrt(u * width * (likely - low))
    falling = high - np.sqrt((1 - u) * width * (high - likely))
    return np.where(high > low, np.where(u < turn, rising, falling), likely)


def triangles(low: Floats, likely: Floats, high: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, m) independent draws from m triangles."""
    return quantiles(low, likely, high, rng.random((draws, len(low))))
