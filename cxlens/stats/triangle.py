"""Ranges that people give, low, likely and high, as triangular distributions.

What is estimated in ranges does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def means(low: Floats, likely: Floats, high: Floats) -> Floats:
    """Means of triangles: above the likely figure where a range reaches further up than down."""
    return np.asarray((low + likely + high) / 3)


def quantiles(
    low: Floats,
    likely: Floats,
    high: Floats,
    u: Floats,
) -> Floats:
    """Quantiles ``u`` (d, m) of m triangles: (d, m). A range without width stays a point."""
    has_width = high > low
    width = np.where(has_width, high - low, 1.0)
    left = likely - low
    right = high - likely
    turn = left / width
    rising = low + np.sqrt(u * width * left)
    falling = high - np.sqrt((1 - u) * width * right)
    quantile = np.where(u < turn, rising, falling)
    return np.where(has_width, quantile, likely)


def triangles(
    low: Floats,
    likely: Floats,
    high: Floats,
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """(draws, m) independent draws from m triangles."""
    u = rng.random((draws, len(low)))
    return quantiles(low, likely, high, u)
