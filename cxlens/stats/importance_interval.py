"""The interval of an importance: low end on the square-root scale, high end from the resamples.

Importance cannot be negative, and that of a driver of nothing is close to the square of a normal error: the root of it,
less 1.96 standard errors, reaches zero in 95 % of samples. Where a driver has no effect of its own but is correlated
with others, the slope of importance vanishes near its floor, so that the high end needs the resamples, which see the
curvature. Both are widened where units are few. Measured in benchmarks/README.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from cxlens.stats.adjusted import Size

Floats = NDArray[np.float64]
WIDEST = 3.0  # times; beyond, units are too few to say how much wider
FEWEST = 2  # resamples that have a spread


def importance_interval(
    estimate: Floats,
    draws: Floats,
    spread: Floats,
    widening: float,
    level: float,
) -> tuple[Floats, Floats]:
    """The ends of the intervals of p importances.

    Parameters
    ----------
    estimate
        (p,) in units of R2.
    draws
        (d, p) the same in each resample; those with a NaN are left out.
    spread
        (p,) standard deviation over the resamples of what is linear in them, as the low end looks down from the
        estimate along its tangent.
    widening
        By how much errors are longer than the resamples say: :func:`widening`.
    level
        The confidence level.

    Returns
    -------
    ndarray, ndarray
        (p,) and (p,); 0 at the low end says that the importance is not told from nothing. NaN without resamples.
    """
    draws = draws[~np.isnan(draws).any(axis=1)]
    if len(draws) < FEWEST:
        unknown = np.full(len(estimate), np.nan)
        return unknown, unknown
    likeliest = (1 + level) / 2
    root = np.sqrt(np.maximum(estimate, 1e-300))
    unbiased = np.maximum(2 * estimate - draws.mean(axis=0), 0.0)
    error = widening * spread / (2 * root)
    low_root = np.sqrt(unbiased) - ndtri(likeliest) * error
    low = np.maximum(low_root, 0.0) ** 2
    roots = np.sqrt(np.maximum(draws, 0.0))  # rounding may leave a resample just below
    deviations = widening * (roots - root)
    high_root = np.quantile(root + deviations, likeliest, axis=0)
    high = np.clip(high_root, 0.0, 1.0) ** 2
    return np.minimum(low, estimate), np.maximum(high, estimate)


def widening(size: Size) -> float:
    """By how much the errors of importance are longer than those of resamples, where units are few.

    The mean, over submodels of every size, of what leverage takes from the residuals: units over units less columns.
    """
    left = size.units - size.controls - size.rank / 2
    most = (size.units - 1) / WIDEST
    return float((size.units - 1) / max(left, most, 1.0))
