"""Limits of a funnel: between which a mean of n answers lies if all groups are alike, or differ as usual.

Over-dispersion is additive: groups differ by a usual spread beyond chance, told from z-scores whose ends are pulled in,
so that the groups that stand out do not hide themselves. Source: Spiegelhalter (2005), Statistics in Medicine 24, and
his Handling over-dispersion of performance indicators (2005), Quality and Safety in Health Care 14.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
PULLED_IN = 0.1  # share of the z-scores at either end that are set to the next one inside
LEVELS = (0.95, 0.998)


def usual_spread(mean: Floats, variance: Floats, centre: float) -> float:
    """Variance between groups beyond chance, from means (k,) and their sampling variances; 0 where there is none."""
    z = (mean - centre) / np.sqrt(variance)
    ends = np.quantile(z, [PULLED_IN, 1 - PULLED_IN])
    inside = np.clip(z, *ends)
    k = len(z)
    dispersion = float((inside**2).mean())
    if dispersion <= (k - 1) / k:
        return 0.0
    weight = 1 / variance
    total = weight.sum()
    scale = total - (weight**2).sum() / total
    beyond_chance = k * dispersion - (k - 1)
    return float(beyond_chance / scale)


def limits(centre: float, variance: Floats, between: float, level: float) -> tuple[Floats, Floats]:
    """(m,) lower and upper limits of means of these sampling variances.

    Examples
    --------
    >>> low, high = limits(3.5, np.array([1.0]) / np.array([25, 100]), 0.0, 0.95)
    >>> high.round(2).tolist()
    [3.89, 3.7]
    """
    half = normal_quantile(level) * np.sqrt(variance + between)
    return np.asarray(centre - half), np.asarray(centre + half)
