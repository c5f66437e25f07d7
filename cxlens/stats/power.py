"""How exact a figure gets with so many answers, how surely an effect is found, and the fewest that do.

Margins are the longer arms of the intervals in :mod:`cxlens.stats.intervals`, power is that of tests cxlens reports.
``n`` is the number of independent answers (the effective number where there are weights), an array or a number; it
need not be whole. What a survey costs, who is invited and words do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.intervals import mean_interval, normal_quantile, nps_interval, t_quantile, wilson

Floats = NDArray[np.float64]
MOST = 10**9  # answers; nobody asks for more


def mean_margin(n: ArrayLike, sd: ArrayLike, level: float = 0.95) -> Floats:
    """Half-width of Student's interval of a mean; NaN for n of 1 or less."""
    low, high = mean_interval(0.0, np.square(sd), n, level)
    return np.asarray((high - low) / 2)


def share_margin(n: ArrayLike, share: ArrayLike, level: float = 0.95) -> Floats:
    """Longer arm of Wilson's interval of a share: near 0 and 1 its arms differ."""
    n = np.asarray(n, float)
    share = np.asarray(share, float)
    low, high = wilson(share * n, n, level)
    return np.asarray(np.maximum(share - low, high - share))


def nps_margin(
    n: ArrayLike,
    promoters: ArrayLike,
    detractors: ArrayLike,
    level: float = 0.95,
) -> Floats:
    """Longer arm of the adjusted Wald interval of the NPS, in points."""
    n = np.asarray(n, float)
    promoters = np.asarray(promoters, float)
    detractors = np.asarray(detractors, float)
    passives = 1 - promoters - detractors
    low, high = nps_interval(
        detractors * n,
        passives * n,
        promoters * n,
        level,
    )
    score = 100 * (promoters - detractors)
    return np.asarray(np.maximum(score - low, high - score))


def mean_power(
    n: ArrayLike,
    difference: float,
    sd: float,
    level: float = 0.95,
) -> Floats:
    """Probability that Student's two-sided t test tells two means apart, n answers in each group (Cohen 1988, 2)."""
    n = np.asarray(n, float)
    df = np.where(n > 1, 2 * n - 2, np.nan)
    critical = t_quantile(level, df)
    effect = abs(difference) / sd
    noncentrality = effect * np.sqrt(n / 2)
    below = special.nctdtr(df, noncentrality, -critical)
    not_above = special.nctdtr(df, noncentrality, critical)
    return np.asarray(below + 1 - not_above)


def share_power(
    n: ArrayLike,
    share: float,
    difference: float,
    level: float = 0.95,
) -> Floats:
    """Probability that the pooled z test tells two shares apart, n answers in each group (Fleiss 1981)."""
    n = np.asarray(n, float)
    other_share = share + difference
    pooled_share = (share + other_share) / 2
    pooled_variance = 2 * pooled_share * (1 - pooled_share)
    variance = share * (1 - share)
    other_variance = other_share * (1 - other_share)
    scale = 1 / np.sqrt(n)
    return _normal_power(
        difference,
        assumed_error=np.sqrt(pooled_variance) * scale,
        error=np.sqrt(variance + other_variance) * scale,
        level=level,
    )


def nps_power(
    n: ArrayLike,
    promoters: float,
    detractors: float,
    difference: float,
    level: float = 0.95,
) -> Floats:
    """Probability that the test of :func:`cxlens.stats.intervals.nps_difference` tells two NPS apart, n in each.

    Half of the difference (in points) is new promoters, half is detractors who no longer are.
    """
    n = np.asarray(n, float)
    moved = difference / 200
    before = _nps_variance(n, promoters, detractors)
    after = _nps_variance(n, promoters + moved, detractors - moved)
    error = 100 * np.sqrt(before + after)
    adjusted_difference = difference * n / (n + 3)
    return _normal_power(adjusted_difference, error, error, level)


def _nps_variance(
    n: Floats,
    promoters: float,
    detractors: float,
) -> Floats:
    """Variance of the adjusted score as a share: with 0.75 promoters, 0.75 detractors and 1.5 passives more."""
    total = n + 3
    more_promoters = n * promoters + 0.75
    more_detractors = n * detractors + 0.75
    extreme = (more_promoters + more_detractors) / total
    score = (more_promoters - more_detractors) / total
    return (extreme - score**2) / total


def regression_power(
    n: ArrayLike,
    f2: float,
    tested: int,
    predictors: int,
    level: float = 0.95,
    *,
    robust: bool = False,
) -> Floats:
    """Probability that the F test finds so many of the predictors, whose effect is f2 (Cohen 1988, 9).

    ``f2`` is the gain in R2 over the part that all predictors leave unexplained. Noncentrality: ``f2 (u + v + 1)``. The
    robust test of one predictor has HC3 errors, which are larger: over normal scores by about ``(predictors + 3) / n``
    of their square, the mean leverage weighted by the square of the score that is tested.
    """
    n = np.asarray(n, float)
    coefficients = predictors + 1
    residual_df = np.where(n > coefficients, n - predictors - 1, np.nan)
    critical = special.fdtri(tested, residual_df, level)
    if robust:
        larger_errors = np.clip(1 - (predictors + 3) / n, 0, None)
        noncentrality = f2 * (tested + residual_df) * larger_errors
    else:
        noncentrality = f2 * (tested + residual_df + 1)
    missed = special.ncfdtr(tested, residual_df, noncentrality, critical)
    return np.asarray(1 - missed)


def sampled(
    n: int,
    known: Mapping[str, float],
    rng: np.random.Generator,
    draws: int,
) -> dict[str, Floats]:
    """What samples of n answers tell of what is known: ``sd`` (of normal scores), ``share``, or both of an NPS."""
    if "sd" in known:
        squares = rng.chisquare(n - 1, draws) / (n - 1)
        return {"sd": known["sd"] * np.sqrt(squares)}
    if "share" in known:
        return {"share": rng.binomial(n, known["share"], draws) / n}
    extremes = [known["promoters"], known["detractors"]]
    rest = max(1 - sum(extremes), 0.0)
    drawn = rng.multinomial(n, [*extremes, rest], draws) / n
    return {"promoters": drawn[:, 0], "detractors": drawn[:, 1]}


def smallest(reached: Callable[[int], bool], most: int = MOST) -> int | None:
    """The smallest number from 1 to ``most`` from which on something is reached; None where it never is."""
    low = 0
    high = 1
    while not reached(high):
        if high >= most:
            return None
        low = high
        high = min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def _normal_power(
    difference: ArrayLike,
    assumed_error: Floats,
    error: Floats,
    level: float,
) -> Floats:
    """Power of a z test that takes one error for granted while the difference has another."""
    size = np.abs(np.asarray(difference, float))
    critical = normal_quantile(level) * assumed_error
    same_direction = special.ndtr((size - critical) / error)
    other_direction = special.ndtr((-size - critical) / error)
    return np.asarray(same_direction + other_direction)
