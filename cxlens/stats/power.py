"""How exact a figure gets with so many answers, how surely an effect is found, and the fewest that do.

Margins are half-widths of the intervals in :mod:`cxlens.stats.intervals`, power is that of the tests cxlens reports.
``n`` is the number of independent answers (the effective number where there are weights), an array or a number; it
need not be whole. ``shrink`` multiplies standard errors: see :func:`finite`. What a survey costs, who is invited and
words do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.intervals import mean_interval, normal_quantile, nps_interval, t_quantile, wilson

Floats = NDArray[np.float64]
MOST = 10**9  # answers; nobody asks for more


def finite(n: ArrayLike, population: float | None) -> Floats:
    """Factor by which errors shrink when n of a finite population answer (Cochran 1977); 1 without one, 0 for all."""
    n = np.asarray(n, float)
    if population is None:
        return np.ones_like(n)
    return np.sqrt(np.clip(population - n, 0, None) / max(population - 1, 1))


def mean_margin(n: ArrayLike, sd: float, level: float = 0.95) -> Floats:
    """Half-width of Student's interval of a mean; NaN for n of 1 or less."""
    return _half(mean_interval(0.0, sd**2, n, level))


def share_margin(n: ArrayLike, share: float, level: float = 0.95) -> Floats:
    """Half-width of Wilson's interval of a share."""
    n = np.asarray(n, float)
    return _half(wilson(share * n, n, level))


def nps_margin(n: ArrayLike, promoters: float, detractors: float, level: float = 0.95) -> Floats:
    """Half-width of the adjusted Wald interval of the NPS, in points."""
    n = np.asarray(n, float)
    return _half(nps_interval(detractors * n, (1 - promoters - detractors) * n, promoters * n, level))


def mean_power(n: ArrayLike, difference: float, sd: float, level: float = 0.95, shrink: ArrayLike = 1.0) -> Floats:
    """Probability that Student's two-sided t test tells two means apart, n answers in each group (Cohen 1988, 2)."""
    n = np.asarray(n, float)
    df = np.where(n > 1, 2 * n - 2, np.nan)
    t, shift = t_quantile(level, df), abs(difference) / sd * np.sqrt(n / 2) / np.asarray(shrink, float)
    return np.asarray(special.nctdtr(df, shift, -t) + 1 - special.nctdtr(df, shift, t))


def share_power(n: ArrayLike, share: float, difference: float, level: float = 0.95, shrink: ArrayLike = 1.0) -> Floats:
    """Probability that the pooled z test tells two shares apart, n answers in each group (Fleiss 1981)."""
    other = share + difference
    middle = (share + other) / 2
    root = np.asarray(shrink, float) / np.sqrt(np.asarray(n, float))
    pooled = np.sqrt(2 * middle * (1 - middle)) * root
    own = np.sqrt(share * (1 - share) + other * (1 - other)) * root
    return _normal_power(difference, pooled, own, level)


def nps_power(
    n: ArrayLike, promoters: float, detractors: float, difference: float, level: float = 0.95, shrink: ArrayLike = 1.0
) -> Floats:
    """Probability that the test of :func:`cxlens.stats.intervals.nps_difference` tells two NPS apart, n in each.

    Half of the difference (in points) is new promoters, half is detractors who no longer are.
    """
    n, moved = np.asarray(n, float), difference / 200
    first, second = (promoters, detractors), (promoters + moved, detractors - moved)
    variance: Floats = np.zeros_like(n)
    for pro, det in (first, second):
        up, down, total = n * pro + 0.75, n * det + 0.75, n + 3
        variance += ((up + down) / total - ((up - down) / total) ** 2) / total
    error = 100 * np.sqrt(variance) * np.asarray(shrink, float)
    return _normal_power(difference * n / (n + 3), error, error, level)


def regression_power(
    n: ArrayLike, f2: float, tested: int, predictors: int, level: float = 0.95, *, robust: bool = False
) -> Floats:
    """Probability that the F test finds so many of the predictors, whose effect is f2 (Cohen 1988, 9).

    ``f2`` is the gain in R2 over the part that all predictors leave unexplained. Noncentrality: ``f2 (u + v + 1)``. The
    robust test of one predictor has HC3 errors, which are larger: over normal scores by about ``(predictors + 3) / n``
    of their square, the mean leverage weighted by the square of the score that is tested.
    """
    n = np.asarray(n, float)
    v = np.where(n > predictors + 1, n - predictors - 1, np.nan)
    shift = f2 * (tested + v) * np.clip(1 - (predictors + 3) / n, 0, None) if robust else f2 * (tested + v + 1)
    return np.asarray(1 - special.ncfdtr(tested, v, shift, special.fdtri(tested, v, level)))


def smallest(reached: Callable[[int], bool], most: int = MOST) -> int | None:
    """The smallest number from 1 to ``most`` from which on something is reached; None where it never is."""
    low, high = 0, 1
    while not reached(high):
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _half(ends: tuple[Floats, Floats]) -> Floats:
    return np.asarray((ends[1] - ends[0]) / 2)


def _normal_power(difference: ArrayLike, assumed: Floats, own: Floats, level: float) -> Floats:
    """Power of a z test that takes one error for granted while the difference has another."""
    size, z = np.abs(np.asarray(difference, float)), normal_quantile(level)
    return np.asarray(special.ndtr((size - z * assumed) / own) + special.ndtr((-size - z * assumed) / own))
