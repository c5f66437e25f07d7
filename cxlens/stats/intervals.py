"""Intervals for means, shares and the Net Promoter Score.

With weights, ``n`` is the effective number (sum w)**2 / sum w**2. Everything is vectorised over arrays of
equal shape. Intervals of importances come from the bootstrap and do not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def effective_n(w: ArrayLike, w2: ArrayLike) -> Floats:
    """(sum w)**2 / sum w**2 from the two sums; 0 where there are no weights (Kish 1965)."""
    w = np.asarray(w, float)
    w2 = np.asarray(w2, float)
    shape = np.broadcast_shapes(w.shape, w2.shape)
    n = np.divide(
        w**2,
        w2,
        out=np.zeros(shape),
        where=w2 > 0,
    )
    return np.asarray(n)


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95."""
    below = (1 + level) / 2
    return float(special.ndtri(below))


def t_quantile(level: float, df: ArrayLike) -> Floats:
    """The t of a two-sided interval; NaN where df is 0 or less."""
    df = np.asarray(df, float)
    known = df > 0
    below = (1 + level) / 2
    safe_df = np.where(known, df, 1.0)
    t = special.stdtrit(safe_df, below)
    return np.where(known, t, np.nan)


def mean_interval(
    mean: ArrayLike,
    variance: ArrayLike,
    n: ArrayLike,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Student's interval of a mean from the sample variance (n - 1 below it) and n. NaN for n of 1 or less."""
    mean = np.asarray(mean, float)
    variance = np.asarray(variance, float)
    n = np.asarray(n, float)
    variance_of_mean = variance / _unless_none(n)
    error = np.sqrt(variance_of_mean)
    half = t_quantile(level, n - 1) * error
    return mean - half, mean + half


def wilson(
    successes: ArrayLike,
    n: ArrayLike,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share (Wilson 1927; Newcombe 1998). NaN for n = 0."""
    successes = np.asarray(successes, float)
    n = np.asarray(n, float)
    n = _unless_none(n)
    share = successes / n
    z2 = normal_quantile(level) ** 2
    shrinkage = 1 + z2 / n
    centre = (share + z2 / (2 * n)) / shrinkage
    variance = share * (1 - share) / n
    variance_of_centre = variance + z2 / (4 * n**2)
    z = np.sqrt(z2)
    half = z / shrinkage * np.sqrt(variance_of_centre)
    # Exact where all agree: rounding would leave a trace.
    low = np.where(share == 0, 0.0, centre - half)
    high = np.where(share == 1, 1.0, centre + half)
    low = np.clip(low, 0, 1)
    high = np.clip(high, 0, 1)
    return low, high


def wilson_by_error(
    share: ArrayLike,
    error: ArrayLike,
    n: ArrayLike,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Wilson's interval of a share whose standard error is known, of n units: of as many as the share is worth.

    That is share (1 - share) / error**2, less for few units (Korn and Graubard 1998, Survey Methodology 24); n units
    where there is no error, as where all or none have it. NaN for n of 1 or less.
    """
    share = np.asarray(share, float)
    variance = np.square(np.asarray(error, float))
    n = np.asarray(n, float)
    has_error = (variance > 0) & (share > 0) & (share < 1)
    times = normal_quantile(level) / t_quantile(level, n - 1)
    worth = np.divide(share * (1 - share), variance, out=np.full(np.shape(variance), np.nan), where=has_error)
    worth = np.where(has_error, worth * times**2, np.where(n > 1, n, np.nan))
    return wilson(share * worth, worth, level)


def nps_points(answers: ArrayLike) -> Floats:
    """Answers from 0 to 10 as 100 (promoter: 9, 10), 0 or -100 (detractor: 0 to 6), so that their mean is the NPS."""
    answers = np.asarray(answers, float)
    points = np.zeros_like(answers)
    points[answers >= 9] = 100.0
    points[answers <= 6] = -100.0
    points[np.isnan(answers)] = np.nan
    return points


def nps(
    detractors: ArrayLike,
    passives: ArrayLike,
    promoters: ArrayLike,
) -> Floats:
    """Net Promoter Score in points, -100 to 100: share of promoters minus share of detractors."""
    detractors = np.asarray(detractors, float)
    passives = np.asarray(passives, float)
    promoters = np.asarray(promoters, float)
    n = detractors + passives + promoters
    points = 100 * (promoters - detractors)
    return np.asarray(points / _unless_none(n))


def nps_interval(
    detractors: ArrayLike,
    passives: ArrayLike,
    promoters: ArrayLike,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Adjusted Wald interval of the NPS, in points (Rocks 2016, The American Statistician 70(4)).

    Adds 0.75 detractors, 1.5 passives and 0.75 promoters, so that it keeps a width when all agree.
    """
    centre, error = _nps_adjusted(detractors, passives, promoters)
    half = normal_quantile(level) * error
    low = np.clip(centre - half, -100, 100)
    high = np.clip(centre + half, -100, 100)
    return low, high


def nps_difference(
    before: tuple[float, float, float],
    after: tuple[float, float, float],
    level: float = 0.95,
) -> tuple[float, float, float, float]:
    """Change of the NPS between two samples: difference of adjusted scores, its interval, and the p-value.

    Each sample is (detractors, passives, promoters); both are adjusted as in :func:`nps_interval`.
    """
    centre_before, error_before = _nps_adjusted(*before)
    centre_after, error_after = _nps_adjusted(*after)
    change = float(centre_after - centre_before)
    error = float(np.hypot(error_before, error_after))
    half = normal_quantile(level) * error
    low = change - half
    high = change + half
    tail = special.ndtr(-abs(change) / error)
    p = float(2 * tail)
    return change, low, high, p


def _nps_adjusted(
    detractors: ArrayLike,
    passives: ArrayLike,
    promoters: ArrayLike,
) -> tuple[Floats, Floats]:
    """Centre and standard error, in points, of the adjusted score."""
    detractors = np.asarray(detractors, float)
    passives = np.asarray(passives, float)
    promoters = np.asarray(promoters, float)
    n = detractors + passives + promoters + 3
    share_detractors = (detractors + 0.75) / n
    share_promoters = (promoters + 0.75) / n
    score = share_promoters - share_detractors
    variance = share_promoters + share_detractors - score**2
    error = np.sqrt(variance / n)
    return 100 * score, 100 * error


def _unless_none(n: Floats) -> Floats:
    """The numbers of answers; NaN where there are none."""
    return np.where(n > 0, n, np.nan)
