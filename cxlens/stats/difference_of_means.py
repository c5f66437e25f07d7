"""The difference of two means where customers may have several values, on one side or on both.

What is compared, and that a difference is no effect, is said elsewhere.

Source: Welch (1947, Biometrika 34), with the variance of each mean as that of a ratio of sums over customers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Difference(NamedTuple):
    """Two means and their difference with its interval and p-value; NaN where nothing tells."""

    mean: float
    other: float
    difference: float
    low: float
    high: float
    p: float


class _Side(NamedTuple):
    """One mean: what each customer adds to its error, the customers, and the variance."""

    mean: float
    apart: Floats
    df: int
    variance: float


def difference_of_means(values: Floats, is_one: Bools, unit: Ints, level: float) -> Difference:
    """The mean of some values less that of the others.

    Parameters
    ----------
    values
        (n,) numbers.
    is_one
        (n,) whether a value belongs to the first mean.
    unit
        (n,) the number of the customer of each value, from 0.
    level
        Confidence level.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0])
    >>> found = difference_of_means(values, np.repeat([False, True], 3), np.arange(6), 0.95)
    >>> found.difference, round(found.low, 2), round(found.high, 2), round(found.p, 3)
    (2.0, -0.27, 4.27, 0.07)
    """
    if not is_one.any() or is_one.all():
        return Difference(*[np.nan] * 6)
    one = _side(values, is_one, unit)
    other = _side(values, ~is_one, unit)
    difference = one.mean - other.mean
    variance = one.variance + other.variance - 2 * float((one.apart * other.apart).sum())
    if min(one.df, other.df) < 1 or not variance > 0:
        return Difference(one.mean, other.mean, difference, np.nan, np.nan, np.nan)
    pieces = one.variance**2 / one.df + other.variance**2 / other.df
    df = max((one.variance + other.variance) ** 2 / pieces, 1.0)
    error = float(np.sqrt(variance))
    half = float(t_quantile(level, df)) * error
    return Difference(
        one.mean,
        other.mean,
        difference,
        difference - half,
        difference + half,
        float(wald_p(difference, error, df)),
    )


def _side(values: Floats, which: Bools, unit: Ints) -> _Side:
    """The mean of some values."""
    mean = float(values[which].mean())
    n_units = int(unit.max()) + 1
    beyond = np.bincount(unit[which], values[which] - mean, n_units) / which.sum()
    df = len(np.unique(unit[which])) - 1
    apart = beyond * np.sqrt((df + 1) / max(df, 1))
    return _Side(mean, apart, df, float((apart**2).sum()))
